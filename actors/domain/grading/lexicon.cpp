#include "actors/domain/grading/lexicon.hpp"

namespace weir::domain {

std::vector<std::string_view> split_words(std::string_view all) {
  std::vector<std::string_view> words;
  while (!all.empty()) {
    const auto bar = all.find('|');
    if (bar != 0) words.push_back(all.substr(0, bar));
    all.remove_prefix(bar == all.npos ? all.size() : bar + 1);
  }
  return words;
}

namespace {

const std::vector<Words> labels{
    {Role::order_label,
     "订单号|订单编号|订单|运单号|运单|快递单号|快递号|快递单|物流单号|单号|流水号|交易号|交易单号|"
     "物料编码|物料号|物料|商品编码|商品编号|产品编号|产品型号|型号|编码|条形码|条码|序列号|设备号|"
     "批次号|批号|批次|工单号|工单|任务编号|请求编号|追踪号|跟踪号|发票号|发票代码|货号|料号|"
     "提单号|"
     "备案号|许可证号|专利号|申请号|版权号|登记号|时间戳|校验和|哈希|缓存键|会话编号|会话ID|会话id|"
     "资产编号|库存编号|仓位|柜号|箱号|票号|航班号|车次|准考证号|图书编号|期刊号|公告编号|文号|"
     "IMEI|IMSI|ICCID|MEID|SKU|SPU|UPC|EAN|ISBN|ISSN|ASIN|GTIN|serial number|serial no|serial|"
     "order number|order no|order id|order|orders|tracking number|tracking no|tracking id|tracking|"
     "waybill|shipment|invoice number|invoice no|invoice|invoice id|ticket|ticket number|case "
     "number|"
     "request id|request_id|requestid|req id|trace|trace id|trace_id|traceid|span "
     "id|span_id|session id|"
     "session_id|transaction id|transaction_id|txn|txn id|txid|ref|reference|reference number|part "
     "number|"
     "part no|model number|model no|batch|batch no|lot|lot number|barcode|build|build "
     "id|commit|sha|"
     "sha1|sha256|md5|hash|checksum|digest|etag|uuid|guid|epoch|timestamp|timestamps|order_id|"
     "item id|item_id|product id|product_id|message id|msg id|message_id|event id|event_id|job id|"
     "job_id|pid|tid|offset|seq|sequence|nonce|docket|isrc|doi|arxiv|rfc|"
     "orderid|orderno|order_no|tracking_no|trackingno|waybill_no|serial_no|s/n|imei1|imei2"},
    {Role::hotline_label,
     "热线|客服热线|客服电话|服务热线|投诉热线|报警电话|全国统一|总机号段|hotline|toll-free|toll "
     "free|"
     "customer service|helpline|support line"},
    {Role::version_label,
     "版本|版本号|固件|升级到|升级至|version|versions|ver|firmware|release|releases|tag|upgrade to|"
     "upgraded to|kernel|driver|package|semver|chrome|build number|oid"},
    {Role::phone_label,
     "手机|手机号|手机号码|移动电话|电话|电话号码|联系电话|联系方式|座机|固话|固定电话|办公电话|"
     "家庭电话|"
     "号码|来电|去电|回电|致电|拨打|打给|电联|短信|传真|预留手机|绑定手机|微信同号|微信|同号|"
     "联系人电话|"
     "phone|phone number|phones|tel|telephone|mobile|mobile number|mobiles|cell|cellphone|cell "
     "phone|"
     "call|call me|call back|called|dial|reach me|text me|whatsapp|contact|contact "
     "number|fax|landline|"
     "office line|phone_number|phonenumber|phone no|mobile no|tel no|caller|msisdn|sms|ring|reach"},
    {Role::id_label,
     "身份证|身份证号|身份证号码|身份证件号|公民身份号码|证件号|证件号码|证件|身份号码|居民身份证|"
     "ID卡号|"
     "实名|idcard|id_card|id card|id number|id no|identity card|identity number|national "
     "id|citizen id|"
     "id_no|idno|identity_no|cert_no|certno"},
    {Role::bank_label,
     "银行卡|银行卡号|卡号|银行账号|银行账户|账号|账户|收款账号|收款账户|付款账号|对公账户|储蓄卡|"
     "借记卡|"
     "信用卡|贷记卡|工资卡|开户行|户名|尾号|打款账号|工行|农行|建行|中行|招行|交行|邮储|银行|"
     "card|card number|card no|credit card|debit card|bank card|bank account|account "
     "number|account no|"
     "account|acct|acct no|cardno|card_no|card_number|cardnumber|bank_card|visa|mastercard|amex|"
     "unionpay|discover|jcb"},
    {Role::passport_label,
     "护照|护照号|护照号码|护照编号|通行证|港澳通行证|往来港澳|台胞证|旅行证件|出境证件|"
     "passport|passport number|passport no|passport_no|passportno|travel document"},
    {Role::plate_label,
     "车牌|车牌号|车牌号码|号牌|牌照|车辆|车号|驾驶|开车|停车|车主|轿车|货车|网约车|行驶证|"
     "license plate|licence plate|plate number|plate no|plate|plate_no|vehicle"},
    {Role::ssn_label,
     "社会安全号|社安号|ssn|ssn#|social security|social security number|social security no|soc sec|"
     "social_security_number|tax id|itin|taxpayer id"},
    {Role::contract_label,
     "合同编号|合同号|合同号码|合同单号|协议编号|协议号|协议书编号|合约编号|合约号|框架协议编号|"
     "签约编号|签订编号|订立编号|协议书号|协议书编号|合同文号|合同登记号|合同流水号|订单合同号|"
     "采购合同号|租约号|租约编号|保单合同号|contract no|contract no.|contract number|contract "
     "#|contract id|agreement no|agreement "
     "number|"
     "agreement no.|agreement id|agreement #|contract_no|contract_id|contractno|contract_number|"
     "msa no|msa #|msa number|sow no|sow #|sow number|nda no|nda #|nda number|lease no|lease "
     "number|lease #|po no|po #|purchase order no|purchase order number|purchase order #|"
     "order form no|deed no|contract code|contract id|agreement code|agr no|contract ref|contract "
     "reference|agreement ref|agreement reference|合同备案号"},
    {Role::password_word,
     "password|passwd|passwords|pwd|pass|passphrase|passcode|db_pass|pgpassword|mysql_pwd|"
     "redispass|"
     "userpass|login_pass|rootpw|root_pw|psw|pword|密码|口令|登录密码|初始密码|默认密码|管理员密码|"
     "root密码|数据库密码|开机密码|wifi密码|无线密码|密令|通行码|accountkey|sharedaccesskey|"
     "authkey|"
     "auth_password|db_password|admin_password|smtp_password|password_hash|keypass|storepass|"
     "masterkey"},
    {Role::key_word,
     "api_key|apikey|api-key|api key|x-api-key|access_key|accesskey|access key|accesskeyid|"
     "accesskeysecret|access_key_id|access_key_secret|secret_access_key|secretkey|secret_key|"
     "secret key|secret-key|secret|secrets|secretid|secret_id|client_secret|clientsecret|"
     "client secret|app_secret|appsecret|app_key|appkey|token|tokens|access_token|accesstoken|"
     "access token|refresh_token|auth_token|authtoken|id_token|bearer|authorization|private_key|"
     "privatekey|encryption_key|signing_key|signing_secret|webhook_secret|jwt_secret|session_"
     "secret|"
     "credential|credentials|creds|auth_key|license_key|licensekey|service_key|"
     "sessdata|x-auth-token|密钥|秘钥|私钥|令牌|访问密钥|授权码|接口密钥|凭据|签名密钥|动态令牌|"
     "sharedsecret|shared_secret|consumer_secret|consumer_key"},
    {Role::weak_key_word,
     "key|sig=|signature|hmac|salt|ak=|sk=|ak:|sk:|cookie|sessionid|凭证|auth|login|app id|appid"},
    {Role::provider_word,
     "adafruit|adobe|airtable|algolia|alibaba|aliyun|asana|atlassian|confluence|jira|beamer|"
     "bitbucket|"
     "bittrex|meraki|cloudflare|codecov|cohere|coinbase|confluent|contentful|databricks|datadog|"
     "discord|"
     "droneci|dropbox|etsy|facebook|fastly|finicity|finnhub|flickr|flutterwave|freshbooks|gitter|"
     "gocardless|heroku|hubspot|intercom|jfrog|artifactory|bintray|kraken|kucoin|launchdarkly|"
     "linear|"
     "linkedin|lob|looker|mailchimp|mailgun|mapbox|mattermost|messagebird|netlify|newrelic|new_"
     "relic|"
     "nytimes|okta|openai|plaid|privateai|rapidapi|sendbird|sentry|snyk|sonar|sonarqube|"
     "squarespace|"
     "sumo|sumologic|telegram|travis|twitch|twitter|typeform|yandex|zendesk|stripe|twilio|sendgrid|"
     "azure|supabase|firebase|anthropic|deepseek|moonshot|zhipu|dashscope|qwen|baidu|tencent|"
     "huawei|"
     "volcengine|minimax|infura|alchemy|pinecone|cloudinary|pusher|segment|mixpanel|amplitude"},
    {Role::pem, "-----BEGIN "},
    {Role::web_token, "eyJ"},
    {Role::scheme, "://"},
    {Role::at_word, " at |[at]|(at)|{at}|<at>| (at) | [at] |_at_|#at#| 艾特 |(a)|[@]|（at）| AT "},
    {Role::public_key,
     "ssh-rsa|ssh-ed25519|ssh-dss|ecdsa-sha2-nistp256|ecdsa-sha2-nistp384|ecdsa-sha2-nistp521|"
     "sk-ssh-ed25519@openssh.com|BEGIN CERTIFICATE|BEGIN PUBLIC KEY|BEGIN RSA PUBLIC KEY|"
     "BEGIN PGP PUBLIC KEY|BEGIN SSH2 PUBLIC KEY|BEGIN PGP SIGNATURE|BEGIN CERTIFICATE REQUEST|"
     "integrity|sha512-|sha384-|sha256-"}};

}  // namespace

const std::vector<Words>& document_words();
const std::vector<Words>& business_words();

const std::vector<Words>& lexicon() {
  static const auto all = [] {
    auto words = labels;
    const auto& documents = document_words();
    words.insert(words.end(), documents.begin(), documents.end());
    const auto& business = business_words();
    words.insert(words.end(), business.begin(), business.end());
    return words;
  }();
  return all;
}

}  // namespace weir::domain
