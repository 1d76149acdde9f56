#include "actors/domain/detector.hpp"

#include <doctest/doctest.h>
#include <string>

namespace weir::domain {
namespace {

/// What is found, as "TYPE:text", joined by blanks.
std::string found(std::string_view text) {
  std::string out;
  for (const auto& f : scan(text).findings) {
    if (!out.empty()) out += ' ';
    out += std::string{name_of(f.kind)} + ":" + std::string{text.substr(f.begin, f.end - f.begin)};
  }
  return out;
}

TEST_CASE("bank cards are found by issuer, length and Luhn, whatever groups them") {
  CHECK(found("pay 4111111111111111 now") == "BANK_CARD:4111111111111111");
  CHECK(found("pay 4111 1111 1111 1111.") == "BANK_CARD:4111 1111 1111 1111");
  CHECK(found("5500-0000-0000-0004") == "BANK_CARD:5500-0000-0000-0004");
  CHECK(found("378282246310005") == "BANK_CARD:378282246310005");
  CHECK(found("6222020000000000005") == "");
  CHECK(found("4111111111111112") == "");   // Luhn
  CHECK(found("1111111111111117") == "");   // no issuer
  CHECK(found("x4111111111111111") == "");  // part of a word
  CHECK(found("4111111111111111x") == "");
  CHECK(found("12 4111111111111111 34") == "BANK_CARD:4111111111111111");
}

TEST_CASE("the letter of a JSON escape is no part of a word, an escaped backslash's is") {
  CHECK(found(R"({"c":"a\n4111111111111111"})") == "BANK_CARD:4111111111111111");
  CHECK(found(R"({"c":"a\\n4111111111111111"})") == "");
  CHECK(found(R"({"c":"\\\t4111111111111111"})") == "BANK_CARD:4111111111111111");
}

TEST_CASE("identity cards and credit codes need their check character") {
  CHECK(found("id 11010519491231002X.") == "CN_ID_CARD:11010519491231002X");
  CHECK(found("id 110105194912310021") == "");
  CHECK(found("id 11010519491331002X") == "");  // no such month
  CHECK(found("91350100M000100Y43") == "CN_USCC:91350100M000100Y43");
  CHECK(found("91350100M000100Y44") == "");
}

TEST_CASE("IBANs need their country's length and the rest 1") {
  CHECK(found("to DE89370400440532013000 today") == "IBAN:DE89370400440532013000");
  CHECK(found("GB82 WEST 1234 5698 7654 32") == "IBAN:GB82 WEST 1234 5698 7654 32");
  CHECK(found("DE88370400440532013000") == "");
  CHECK(found("XX89370400440532013000") == "");
  CHECK(found("DE8937040044") == "");
}

TEST_CASE("credentials are P0, identifiers P1, everything else P2") {
  CHECK(found("key AKIAIOSFODNN7EXAMPLE") == "SECRET:AKIAIOSFODNN7EXAMPLE");
  CHECK(found("use sk-abcdefghijklmnopqrstuvwx") == "SECRET:sk-abcdefghijklmnopqrstuvwx");
  CHECK(found("sk-short") == "");
  const std::string pem = "-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY-----";
  CHECK(scan(pem).grade == Grade::p0);
  CHECK(scan("-----BEGIN CERTIFICATE-----").grade == Grade::p2);
  CHECK(scan("4111111111111111").grade == Grade::p1);
  CHECK(scan("4111111111111111 AKIAIOSFODNN7EXAMPLE").grade == Grade::p0);
  CHECK(scan("order 20231231235959 sha256 9f86d081884c7d659a2feaa0c55ad015").grade == Grade::p2);
  CHECK(scan("").grade == Grade::p2);
}

TEST_CASE("every byte is counted, however many findings there are") {
  std::string text;
  for (int i = 0; i < 1'500; ++i) text += "4111111111111111 , ";
  const auto s = scan(text);
  CHECK(s.findings.size() == Scan::findings_max);
  CHECK(s.bytes == 1'500 * 16);
}

}  // namespace
}  // namespace weir::domain
