// Each kind, with and without what makes it one. All values are made up.
#include "tests/actors/domain/grading/found.hpp"

using namespace weir;
using namespace weir::domain::testing;

namespace {

struct Case {
  const char* text;
  const char* finding;  ///< null: none of its kind
};

void holds(std::initializer_list<Case> cases) {
  for (const auto& c : cases) {
    const auto all = found(c.text);
    CHECK_MESSAGE(has(all, c.finding), std::string{c.text} << " -> " << listed(all));
  }
}
void nothing(std::initializer_list<const char*> texts) {
  for (const auto* text : texts) {
    const auto all = found(text);
    CHECK_MESSAGE(all.empty(), std::string{text} << " -> " << listed(all));
    CHECK(grade(text) == Grade::p2);
  }
}

}  // namespace

TEST_CASE("detector: Chinese identifiers") {
  holds({{"身份证110101199003077475", "CN_ID_CARD=110101199003077475"},
         {"证件号码:110101 19900307 7475。", "CN_ID_CARD=110101 19900307 7475"},
         {"手机13812345678", "CN_MOBILE=13812345678"},
         {"call +86 138-1234-5678", "CN_MOBILE=+86 138-1234-5678"},
         {"(+86) 13812345678", "CN_MOBILE=(+86) 13812345678"},
         {"座机010-82345678", "CN_LANDLINE=010-82345678"},
         {"电话(0571)86234567转801", "CN_LANDLINE=(0571)86234567转801"},
         {"卡号6222020200112233446", "BANK_CARD=6222020200112233446"},
         {"card 4111 1111 1111 1111", "BANK_CARD=4111 1111 1111 1111"},
         {"统一社会信用代码91350100M000100Y43", "CN_USCC=91350100M000100Y43"},
         {"护照号E12345678", "CN_PASSPORT=E12345678"},
         {"护照 EA1234567", "CN_PASSPORT=EA1234567"},
         {"车牌京A12345", "CN_PLATE=京A12345"},
         {"停在门口的沪AD12345", "CN_PLATE=沪AD12345"},
         {"粤B·12D45违停", "CN_PLATE=粤B·12D45"}});
  nothing({"订单号110101199013457712在哪", "身份证110101199003077476", "订单号13812345678已发货",
           "快递单号4111111111111111", "卡号4111111111111112", "IMEI 490154203237518",
           "物料编码1580186632847061", "京A股今天大涨", "川ICP备12345678号", "客服热线400-610-1234",
           "拨打12306", "2024-01-15 13:45:12", "护照号码在哪里查?", "SKU E12345678"});
}

TEST_CASE("detector: identifiers of other countries") {
  holds({{"SSN 123-45-6788", "US_SSN=123-45-6788"},
         {"Call (415) 272-1328", "US_PHONE=(415) 272-1328"},
         {"call back on +1 415 272 1328.", "US_PHONE=+1 415 272 1328"},
         {"IBAN DE89 3704 0044 0532 0130 00", "IBAN=DE89 3704 0044 0532 0130 00"},
         {"GB82WEST12345698765432", "IBAN=GB82WEST12345698765432"},
         {"phone: +44 20 7946 0958", "PHONE=+44 20 7946 0958"},
         {"lives at 12 Oak Street, Springfield, IL 62704.",
          "ADDRESS=12 Oak Street, Springfield, IL 62704"}});
  nothing({"DE89370400440532013001", "SSN 666-45-6788", "SSN 000-12-3456", "1-800-555-1234",
           "order 415-272-1328", "version 2024.10.12", "Main Street Bank of America"});
}

TEST_CASE("detector: networks and mail") {
  holds({{"from 10.77.126.99 port 22", "IP_ADDRESS=10.77.126.99"},
         {"ipv6=fdb8:4629:d686::eb1", "IP_ADDRESS=fdb8:4629:d686::eb1"},
         {"mac 3c:22:fb:01:9a:7e", "MAC_ADDRESS=3c:22:fb:01:9a:7e"},
         {"write to li.wei@firm.com.cn.", "EMAIL=li.wei@firm.com.cn"},
         {"bou82 at firm dot com", "EMAIL=bou82 at firm dot com"},
         {"bou82 [at] firm.com", "EMAIL=bou82 [at] firm.com"},
         {"j o h n 5 @ f i r m . c o m", "EMAIL=j o h n 5 @ f i r m . c o m"}});
  nothing({"ping 127.0.0.1", "8.8.8.8 and 1.1.1.1", "192.0.2.7", "2001:db8::1", "std::vector a::b",
           "Chrome/120.0.0.0", "version 10.2.3.4", "1.3.6.1.4.1.311", "12:30:45", "::1",
           "git@github.com:weir/weir.git", "user@example.com", "logo@2x.png",
           "npm i left-pad@1.3.0", "look at github.com", "10.0.0.0/8"});
}

TEST_CASE("detector: people by what stands around them") {
  holds({{"客户王超敏投诉", "PERSON=王超敏"},
         {"姓名:欧阳静怡,", "PERSON=欧阳静怡"},
         {"请转告张伟明女士", "PERSON=张伟明"},
         {"{\"姓名\":\"李秀英\"}", "PERSON=李秀英"},
         {"姓名,手机\n陈建国,13812345678\n", "PERSON=陈建国"},
         {"收件人：孙 芳", "PERSON=孙 芳"},
         {"Customer Mary Johnson says", "PERSON=Mary Johnson"},
         {"Dear Dr. Alice Chen,", "PERSON=Alice Chen"},
         {"{\"name\":\"James Wilson\",\"ssn\":\"223-45-6789\"}", "PERSON=James Wilson"},
         {"Write a card for Thomas Q. Clark", "PERSON=Thomas Q. Clark"}});
  nothing({"高性能方法的时间复杂度", "周末应该安排什么任务?", "马上解释黄金的金融属性",
           "介绍李白和杜甫的诗", "什么是程序?", "San Francisco and New York in March",
           "What did Albert Einstein publish?", "Amazon Web Services pricing", "温度和水平的关系",
           "张三借给李四一本书"});
}

TEST_CASE("detector: Chinese addresses as a whole") {
  holds({{"寄到北京市海淀区体育西路515弄49号,谢谢", "ADDRESS=北京市海淀区体育西路515弄49号"},
         {"住址:浙江省杭州市西湖区文三路12号3栋1单元1460",
          "ADDRESS=浙江省杭州市西湖区文三路12号3栋1单元1460"},
         {"家在南京市江宁区翠屏花园7栋201室。", "ADDRESS=南京市江宁区翠屏花园7栋201室"}});
  nothing({"北京路在哪里?", "第12号台风", "3号线和5号楼的区别"});
}

TEST_CASE("detector: contracts and unpublished finance make P0, questions about them do not") {
  for (const char* text : {"合同编号HT-2026-7731,合同总价人民币8,860,000元",
                           "第一条 标的及价款 本合同总价为人民币637,500元,违约金按日千分之五计算",
                           "Master Services Agreement HT-2021-82541: total contract value $271,147",
                           "{\"rows\":[{\"姓名\":\"王芳\",\"月薪\":\"38,000元\"}]}",
                           "本季度未公开财务数据:营业收入¥7,096,000,净利润¥810,000",
                           "投标底价为人民币1,814,000元,勿外传",
                           "Unaudited Q3 net income was $4.2 million, keep it confidential",
                           "拟收购标的公司60%股权,交易对价3.2亿元,尚未公告"})
    CHECK_MESSAGE(grade(text) == Grade::p0, std::string{text} << listed(found(text)));
  nothing({"什么是合同法?", "解释资产负债表", "smart contract re-entrancy?", "如何计算净利润率?",
           "什么是合同法中的要约与承诺?请举例说明。", "Explain gross margin and EBITDA.",
           "写一个租房合同模板", "What is a bonus clause?"});
}

TEST_CASE("detector: blobs that nobody can read are P0, public ones are not") {
  std::string blob, hash;
  unsigned state = 7;
  for (int i = 0; i < 3000; ++i) {
    state = state * 1103515245u + 12345u;
    blob += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[state >> 16 & 63];
  }
  CHECK(grade("look: " + blob) == Grade::p0);
  CHECK(grade("ssh-rsa " + blob.substr(0, 370) + " me") == Grade::p2);
  CHECK(grade("-----BEGIN CERTIFICATE-----\n" + blob + "\n-----END CERTIFICATE-----") == Grade::p2);
  CHECK(grade("data:image/"
              "png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAC"
              "hwGA60e6kgAAAABJRU5ErkJggg==") == Grade::p0);
  CHECK(grade("commit 10804972f4740aed548f56c24e79173d5d7aebc3") == Grade::p2);
  CHECK(grade("id 96acaf85-416f-445e-ad8b-648c7fab0ba8") == Grade::p2);
}

TEST_CASE("detector: rules move grades, thresholds, terms and exceptions") {
  DetectorRules rules;
  rules.grades[index_of(Sensitive::email)] = Grade::p0;
  rules.at_least[index_of(Sensitive::cn_mobile)] = 99;
  rules.finance_terms = {"项目凤凰"};
  rules.contract_terms = {"Blue Harbour"};
  rules.allowed = {"010-82345678"};
  const auto made = domain::Detector::make(rules);
  REQUIRE(made);
  CHECK((*made)->scan("a.b@firm.cn").grade == Grade::p0);
  CHECK((*made)->scan("手机13812345678").grade == Grade::p2);
  CHECK((*made)->scan("项目凤凰的进展").grade == Grade::p0);
  CHECK((*made)->scan("about blue harbour").grade == Grade::p0);
  CHECK((*made)->scan("座机010-82345678").grade == Grade::p2);
  CHECK((*made)->scan("座机010-82345679").grade == Grade::p1);
  rules.contract_terms = {""};
  const auto bad = domain::Detector::make(rules);
  REQUIRE(!bad);
  CHECK(bad.error().code == Code::invalid_config);
}

TEST_CASE("detector: a summary holds counts and no place") {
  const auto summary =
      domain::summary_of(detector().scan("手机13812345678,邮箱a.b@firm.cn,13912345678"));
  CHECK(summary.counts[index_of(Sensitive::cn_mobile)] == 2);
  CHECK(summary.counts[index_of(Sensitive::email)] == 1);
  CHECK(summary.grade == Grade::p1);
  CHECK(summary.complete);
}
