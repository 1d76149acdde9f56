// Credentials by their form and by their names; coverage of the formats that gitleaks knows.
#include "tests/actors/domain/grading/found.hpp"

#include <fstream>
#include <regex>

using namespace weir;
using namespace weir::domain::testing;

namespace {

/// A text that `pattern`, a simple regular expression, matches; empty: it is not simple. `fixed`
/// counts the literal characters before the first class.
class Sample {
 public:
  explicit Sample(std::string pattern) : p_{std::move(pattern)} {}
  std::string text;
  std::size_t fixed = 0;

  bool make() {
    while (at_ < p_.size() && good_) {
      if (p_[at_] == ')') break;
      item();
    }
    return good_;
  }

 private:
  char next_of(const std::string& set) {
    seed_ = (seed_ * 31 + 17) % 9973;
    return set[seed_ % set.size()];
  }
  void emit(const std::string& set, bool literal) {
    int least = 1;
    if (at_ < p_.size() && p_[at_] == '{') {
      least = std::atoi(p_.c_str() + at_ + 1);
      at_ = p_.find('}', at_) + 1;
    } else if (at_ < p_.size() && (p_[at_] == '+' || p_[at_] == '*' || p_[at_] == '?')) {
      least = p_[at_] == '+' ? 12 : 0;
      ++at_;
    }
    if (at_ < p_.size() && p_[at_] == '?') ++at_;
    for (int i = 0; i < least; ++i) text += set.size() == 1 ? set[0] : next_of(set);
    if (!literal) open_ = true;
    if (literal && !open_) fixed = text.size();
  }
  void skip_group() {
    int depth = 1;
    while (at_ < p_.size() && depth > 0) {
      if (p_[at_] == '\\')
        ++at_;
      else if (p_[at_] == '[')
        at_ = p_.find(']', at_ + 2);
      else if (p_[at_] == '(')
        ++depth;
      else if (p_[at_] == ')')
        --depth;
      ++at_;
    }
  }
  void group() {
    if (p_.compare(at_, 2, "?i") == 0) {
      if (p_[at_ + 2] == ')') {
        at_ += 3;
        return;
      }
      at_ += 3;
    } else if (p_.compare(at_, 2, "?:") == 0) {
      at_ += 2;
    } else if (p_.compare(at_, 4, "?-i:") == 0) {
      at_ += 4;
    } else if (p_[at_] == '?') {
      good_ = false;
      return;
    }
    while (at_ < p_.size() && p_[at_] != ')' && p_[at_] != '|' && good_) item();
    if (at_ < p_.size() && p_[at_] == '|')
      skip_group();
    else
      ++at_;
    if (at_ < p_.size() && p_[at_] == '{') good_ = false;
    if (at_ < p_.size() && (p_[at_] == '?' || p_[at_] == '*')) ++at_;
  }
  void set() {
    std::string chars;
    for (++at_; at_ < p_.size() && p_[at_] != ']'; ++at_) {
      if (p_.compare(at_, 9, "[:alnum:]") == 0) {
        chars += "abcdefghij0123456789";
        at_ += 8;
      } else if (p_[at_] == '\\') {
        ++at_;
        if (p_[at_] == 'w')
          chars += "abcdefgh0123456789XYZ";
        else if (p_[at_] == 'd')
          chars += "0123456789";
        else if (p_[at_] == 'S')
          chars += "abcdefgh0123456789";
      } else if (at_ + 2 < p_.size() && p_[at_ + 1] == '-' && p_[at_ + 2] != ']') {
        for (char c = p_[at_]; c <= p_[at_ + 2]; ++c) chars += c;
        at_ += 2;
      } else if (is_plain(p_[at_])) {
        chars += p_[at_];
      }
    }
    ++at_;
    if (chars.empty())
      good_ = false;
    else
      emit(chars, false);
  }
  static bool is_plain(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
  void item() {
    const char c = p_[at_];
    if (c == '[') return set();
    if (c == '(') {
      ++at_;
      return group();
    }
    if (c == '^' || c == '$' || c == '.') {
      good_ = c != '.';
      ++at_;
      return;
    }
    if (c == '\\') {
      const char e = p_[at_ + 1];
      at_ += 2;
      if (e == 'b' || e == 'z') return;
      if (e == 'd') return emit("0123456789", false);
      if (e == 'w') return emit("abcdefgh0123456789XYZ", false);
      if (std::isalnum(static_cast<unsigned char>(e)) != 0) good_ = false;
      return emit(std::string(1, e), true);
    }
    ++at_;
    emit(std::string(1, c), true);
  }

  std::string p_;
  std::size_t at_ = 0, seed_ = 7;
  bool good_ = true, open_ = false;
};

struct Rule {
  std::string id, regex;
};
std::vector<Rule> rules_of(std::istream& in) {
  std::vector<Rule> rules;
  std::string line, id;
  while (std::getline(in, line)) {
    if (line.rfind("id = \"", 0) == 0) id = line.substr(6, line.size() - 7);
    if (line.rfind("regex = '''", 0) == 0 && !id.empty()) {
      rules.push_back({id, line.substr(11, line.size() - 14)});
      id.clear();
    }
  }
  return rules;
}

}  // namespace

TEST_CASE("secrets: by form, by name, in addresses") {
  for (const char* text :
       {"export OPENAI_API_KEY=sk-2a1t3uQmwFlYBnieLUOu3FMqyIOvGWVp",
        "AccessKeyId: LTAI5tcFZHOr0iMj1r24MGlF", "token ghp_x7Kd93LmQ0zRtYv5BnW2cHs8JgFa6EpT1uXi",
        "password: Wht2J5@7132!", "密码是Abc12345", "登录密码：hT8#kQ2z",
        "mysql://app:e4wO0ImgOk7p@db11.internal:3306/prod", "redis://:p8Zx0Lm2Qa@10.0.0.5:6379/0",
        "\"client_secret\": \"x8Fq2Lr9Tz0Bv4Nw\"", "Authorization: Bearer 8f3kd92jx0q7vz5t1m6w",
        "curl -u admin:Falcon_4120 http://host/",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        "-----BEGIN RSA PRIVATE KEY-----\nHfW6FnNyf9fb1jEq7XiLJqvLCL3v7usItkdeN4eVFUzO\n"
        "-----END RSA PRIVATE KEY-----",
        "aws_secret_access_key = wJalrXUtnFEMIaK7MDENGabPxRfiCYzzB0tTqLmN"})
    CHECK_MESSAGE(grade(text) == Grade::p0, std::string{text});
  CHECK(has(found("连接串 mysql://app:e4wO0ImgOk7p@db11.internal:3306/prod 超时"),
            "SECRET=mysql://app:e4wO0ImgOk7p@db11.internal:3306/prod"));
}

TEST_CASE("secrets: placeholders, code, hashes and public keys are none") {
  for (const char* text :
       {"password: ${DB_PASSWORD}", "api_key: \"YOUR_API_KEY\"", "token=<token>",
        "secret = xxxxxxxxxxxx", "password=changeme", "password = getpass()",
        "password: str = Field(...)", "忘记密码怎么办?", "password is required",
        "postgres://user:password@localhost/db", "AKIAIOSFODNN7EXAMPLE",
        "api_key = os.environ[\"API_KEY\"]", "the secret of good bread",
        "token = tokenizer.encode(text)",
        "sha256: 10804972f4740aed548f56c24e79173d5d7aebc39170e2f41fef27f82ee3abaa",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAANueu1XDY4AGdBZYLGRbSFovMfdBQgvHZ08xI6gnqLAZ7",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----"})
    CHECK_MESSAGE(grade(text) == Grade::p2, std::string{text} << listed(found(text)));
}

TEST_CASE("secrets: formats with a beginning of their own that gitleaks lists are found") {
  std::ifstream in{std::string{WEIR_ROOT} + "/../shared/public/gitleaks/config/gitleaks.toml"};
  if (!in) {
    MESSAGE("skipped: ../shared/public/gitleaks is not here");
    return;
  }
  constexpr std::size_t prefix_min = 3;
  std::size_t made = 0, caught = 0;
  std::string missed;
  for (const auto& rule : rules_of(in)) {
    if (rule.regex.find("{0,50}?") != std::string::npos) continue;  // the name tells, not the form
    Sample sample{rule.regex};
    if (!sample.make() || sample.fixed < prefix_min || sample.text.size() < 16) continue;
    ++made;
    const bool found_it = grade("value " + sample.text + " here") == Grade::p0;
    caught += found_it ? 1 : 0;
    if (!found_it) missed += rule.id + " (" + sample.text.substr(0, 60) + ") ";
  }
  MESSAGE(caught << " of " << made << " formats; missed: " << missed);
  CHECK(made > 80);
  CHECK(caught * 10 >= made * 9);
}
