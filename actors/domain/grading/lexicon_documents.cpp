// Words about people, places, contracts and money.
#include "actors/domain/grading/lexicon.hpp"

namespace weir::domain {

const std::vector<Words>& document_words();

const std::vector<Words>& document_words() {
  static const std::vector<Words> all{
      {Role::person_label,
       "姓名|名字|新郎|新娘|报销人|报警人|主持|记录|参会|参会人员|列席|出席|买方代表|卖方代表|经办|"
       "复核|同行人|原车主|"
       "新车主|驾驶|承租方|出租方|出租方（甲方）|甲方|乙方|受赠人|捐赠人|爱心人士|学生姓名|"
       "家长姓名|责任护士|值班|值班人|法务|"
       "新娘子|授予|任职人|面试官|内推人|介绍人|见证人|公证人|投保人|寄|收|寄：|收：|"
       "本名|真实姓名|中文名|联系人|收件人|收货人|寄件人|发件人|员工|雇员|同事|客户|顾客|用户|会员|"
       "患者|病人|病患|住院病人|学生|考生|学员|家长|老师|教师|导师|医生|主治医师|主治医生|护士|"
       "候选人|应聘者|"
       "应聘人|求职者|面试者|申请人|报名人|参会人|参与人|出席人|主持人|记录人|经办人|负责人|责任人|"
       "审批人|审核人|"
       "复核人|制表人|制表|签字人|签字|签名|签署人|授权人|受托人|委托人|代理人|法定代表人|法人代表|"
       "法人|代表人|"
       "法代|实际控制人|股东|董事|董事长|总经理|总裁|副总裁|监事|项目经理|产品经理|经理|主管|组长|"
       "秘书|助理|司机|"
       "驾驶人|驾驶员|车主|乘客|乘机人|旅客|出行人|入住人|房客|租客|租户|房东|出租人|承租人|买方|"
       "卖方|借款人|"
       "贷款人|担保人|投保人|被保险人|受益人|付款人|收款人|汇款人|户名|开户人|持卡人|原告|被告|"
       "上诉人|被上诉人|"
       "证人|当事人|报案人|嫌疑人|被害人|受害人|配偶|妻子|丈夫|父亲|母亲|儿子|女儿|哥哥|姐姐|弟弟|"
       "妹妹|家属|"
       "紧急联系人|监护人|访客|来访人|来访者|投诉人|举报人|发起人|提交人|填表人|填报人|创建人|"
       "修改人|操作人|操作员|"
       "管理员|工程师|研究员|作者|讲师|教授|律师|会计|出纳|财务|人事|招聘|前台|客服|销售|顾问|专家|"
       "队长|班主任|"
       "校长|院长|主任|科长|处长|局长|书记|我叫|我是|本人|名叫|叫做|他叫|她叫|我的名字是|我的同事|"
       "我们的同事|"
       "新员工|新同事|入职员工|离职员工|女士|先生|小姐|联络人|对接人|接口人|被访人|调解人|收信人|"
       "敬启者|尊敬的|"
       "亲爱的|抄送|转告|通知|联系|请联系|邀请|采访|请问|提醒|转交|交给|发给|转给|写给|寄给|汇给|"
       "打给|"
       "聘请|任命|夫妇|嘉宾|获奖者|候选|候补|申报人|持有人|户主|"
       "病历|病史|术者|主刀|住客|借阅人|预约人|购票人|购买人|下单人|签收人|领取人|登记人|检查人|"
       "检验人|受访者|"
       "被征信人|债务人|债权人|转让方|受让方|出让方|赠与人|遗嘱人|继承人|队员|球员|实习生|博士生|"
       "研究生|网友|车辆所有人"},
      {Role::person_title,
       "妈妈|爸爸|家长|宝宝|姥姥|爷爷奶奶|医师|小姐姐|先生|女士|小姐|老师|经理|总经理|主任|医生|"
       "大夫|护士|博士|教授|同学|律师|工程师|总监|主管|董事长|董事|"
       "院士|书记|处长|科长|局长|部长|校长|院长|店长|组长|班长|会计|秘书|师傅|阿姨|叔叔|大爷|奶奶|"
       "爷爷|"
       "先生女士|同志|总裁|副总|法官|检察官|警官|客户|患者|员工|同事|本人|夫妇|父亲|母亲|家属|"
       "小朋友|队长|"
       "导演|研究员|顾问|专员|助理"},
      {Role::en_label,
       "name|full name|fullname|full_name|first name|last "
       "name|customer|client|employee|staff|patient|"
       "applicant|candidate|contact|contact person|attendee|passenger|guest|driver|student|teacher|"
       "manager|supervisor|recipient|sender|payee|payer|beneficiary|cardholder|account "
       "holder|holder|"
       "signed|signed by|signatory|author|from|to|cc|attn|attention|dear|hi|hello|hey|regards|best|"
       "sincerely|thanks|cheers|my name is|name is|i am|i'm|this "
       "is|named|called|colleague|coworker|"
       "teammate|friend|wife|husband|spouse|mother|father|son|daughter|brother|sister|boss|nurse|"
       "physician|surgeon|attorney|lawyer|counsel|plaintiff|defendant|witness|tenant|landlord|"
       "buyer|"
       "seller|borrower|lender|insured|policyholder|claimant|member|user|owner|assignee|reporter|"
       "requester|requestor|approved by|reviewed by|prepared by|submitted by|created by|assigned "
       "to|"
       "reported by|interviewed|met with|meeting with|spoke with|talked to|contacted|hire|"
       "hired|promoted|resident|next of kin|emergency contact|ceo|cfo|cto|vp|director|president|"
       "chairman|secretary|engineer|consultant|representative|agent|subject|participant|"
       "first_name|last_name|firstname|lastname|customer_name|customername|contact_name|display_"
       "name|"
       "xm|receiver|display|who|approver|approved|signer|guardian|teacher|coach|"
       "displayname|realname|real_name|username|surname|given name|given_name|family name|nominee|"
       "new hire|intern|caller|visitor|complainant|donor|parent|guardian|child|deceased|executor"},
      {Role::en_title,
       "Mr|Mr.|Mrs|Mrs.|Ms|Ms.|Miss|Dr|Dr.|Prof|Prof.|Professor|Doctor|Sir|Madam|Mx.|Rev.|"
       "Hon.|Judge|Officer|Captain|Sgt.|Senator|MR|MRS|MS|DR|Pt"},
      {Role::road, "路|街|大道|大街|巷|弄|胡同|公路|环路|里|村|道"},
      {Role::place_end,
       "小区|花园|大厦|广场|公寓|中心|家园|新村|苑|园区|科技园|产业园|工业园|写字楼|商务楼|别墅|"
       "社区|大楼|"
       "名邸|雅居|豪庭|庭院|宿舍|家属院"},
      {Role::street,
       " Street| St| St.| Avenue| Ave| Ave.| Road| Rd| Rd.| Boulevard| Blvd| Blvd.| Lane| Ln| Ln.| "
       "Drive| Dr|"
       " Dr.| Court| Ct| Ct.| Place| Pl| Pl.| Way| Parkway| Pkwy| Terrace| Ter| Circle| Cir| "
       "Highway| Hwy|"
       " Square| Sq| Trail| Trl| Plaza| Crescent| Close| Gardens| Alley| Loop| Row| Walk| "
       "Broadway| STREET|"
       " AVENUE| ROAD| DRIVE| LANE"},
      {Role::salary,
       "月薪|年薪|年包|月包|行权价|期权|股票期权|限制性股票|薪资代发|代发|gross|base "
       "pay|net salary|"
       "工资|薪资|薪酬|薪水|底薪|基本工资|绩效奖金|年终奖|奖金|税前工资|税后工资|实发工资|应发工资|"
       "实发|应发|工资条|薪资表|工资表|工资单|薪级|调薪|加薪|涨薪|期权授予|股权激励|津贴|补贴|"
       "补偿金|离职补偿|"
       "时薪|日薪|月收入|年收入|岗位工资|提成|总包|"
       "salary|salaries|base salary|base pay|payroll|wage|wages|compensation|bonus|bonuses|gross "
       "pay|"
       "net pay|take-home|paycheck|payslip|stock grant|rsu|rsus|severance|annual pay|hourly rate|"
       "total comp|pay "
       "raise|stipend|commission|basesalary|base_salary|annual_salary|monthly_salary"},
      {Role::profit,
       "账上现金|现金余额|年初预算|预算执行|已执行|超支|缺口|资金缺口|营业收入|营收|净利润|毛利润|"
       "毛利率|毛利|净利|利润|利润率|利润总额|现金流|经营现金流|应收账款|应付账款|"
       "负债|资产总额|净资产|成本|费用|预算|业绩|业绩预告|财务数据|财务报表|财报|季报|年报|销售额|"
       "销售收入|"
       "收入|亏损|盈利|回款|库存金额|ARR|GMV|EBITDA|息税前|每股收益|分红|股利|募资|融资|估值|应收|"
       "应付|坏账|"
       "revenue|revenues|net income|net profit|gross profit|gross margin|operating income|profit|"
       "profits|earnings|ebit|cash flow|free cash flow|eps|operating margin|operating loss|net "
       "loss|"
       "forecast|guidance|balance sheet|sales figures|bookings|burn rate|runway|arpu|capex|opex|"
       "budget|cost of goods|cogs|accounts receivable|write-down|impairment|quarterly results"},
      {Role::unpublished,
       "预计|本部门|部门|征求意见稿|勿传|勿转|不要外传|别外传|"
       "仅限|内部|"
       "未公开|未披露|尚未公开|尚未披露|未发布|尚未发布|未审计|未经审计|内部资料|内部数据|内部财务|"
       "内部使用|"
       "保密|机密|绝密|秘密|勿外传|请勿外传|不得外传|不得外泄|严禁外传|敏感信息|内幕|静默期|披露前|"
       "公告前|"
       "发布前|董事会|董事会材料|管理层|管理层汇报|经营分析|经营会|内部汇报|初步数据|预披露|草案|"
       "讨论稿|"
       "我司|本公司|我们公司|公司|集团|本季度|本季|本月|上季度|本年度|今年|上半年|下半年|一季度|"
       "二季度|三季度|"
       "四季度|Q1|Q2|Q3|Q4|FY|unaudited|unpublished|undisclosed|confidential|non-public|nonpublic|"
       "not yet public|not public|not yet announced|embargoed|embargo|before "
       "earnings|pre-announcement|"
       "preannouncement|internal only|internal use|do not share|do not distribute|board|board deck|"
       "board paper|board pack|board meeting|draft results|preliminary|management accounts|"
       "our quarter|our revenue|quiet period|insider|material nonpublic|strictly "
       "private|unreleased|"
       "not for distribution|ahead of the announcement|before the announcement|pre-release|"
       "this quarter|last quarter|quarter to date|first half|second half|fiscal|year to date|ytd"},
      {Role::transfer,
       "转账|汇款|打款|付款|划转|划款|转入|转出|电汇|放款|拨付|付款申请|付款指令|代付|基本户|"
       "一般户|加急|"
       "划到|划给|转到|汇到|打到|拨到|支付至|支付到|划至|转至|汇至|走账|过账|"
       "wire|wire transfer|transferred|remit|remittance|payment order|payment instruction|"
       "disburse|payout|swift payment|pay the supplier|pay out|settle the invoice|bank transfer"},
      {Role::merger,
       "收购|并购|拟收购|兼并|重组|资产重组|股权转让|股权收购|要约收购|尽职调查|尽调|标的公司|"
       "交易对价|收购价|"
       "收购对价|对价|意向书|投资意向书|增资扩股|战略投资|控股权|借壳|私有化|剥离|合并方案|换股|"
       "acquisition|acquire|acquiring|merger|takeover|buyout|due diligence|letter of intent|term "
       "sheet|"
       "purchase price|deal value|target company|tender offer|divestiture|spin-off|carve-out|"
       "enterprise value|earn-out|definitive agreement|offer price|bid for|lbo|stake in|stake"},
      {Role::bid,
       "我们的报价|我方报价|开标|底线价|our quote|our price|lowest "
       "we can go|"
       "go as low "
       "as|底价|标底|投标报价|投标价|报价底线|最低报价|最低价|最高限价|控制价|投标底价|评标|围标|"
       "报价策略|"
       "底标|内部报价|成本底线|让价|谈判底线|谈判底价|bid price|floor price|reserve "
       "price|walk-away|"
       "walkaway price|bottom line price|sealed bid|tender price|bid amount|our bid|lowest price|"
       "minimum price|bid ceiling|price floor|negotiation limit|max bid|maximum bid"},
      {Role::contract_core,
       "本合同|本协议|该合同|合同总价|合同总金额|合同金额|合同价款|合同价格|合同标的|合同总额|"
       "协议金额|"
       "含税总金额|含税总价|标的额|合同期限|合同条款|违约金|合同签订|签订合同|合同约定|协议约定|"
       "补充协议|"
       "采购合同|销售合同|租赁合同|服务合同|劳动合同|保密协议|框架协议|借款合同|工程合同|买卖合同|"
       "技术合同|"
       "this agreement|this contract|total contract value|contract value|contract price|contract "
       "sum|"
       "contract amount|master services agreement|statement of work|purchase agreement|"
       "service agreement|services agreement|supply agreement|lease agreement|license agreement|"
       "non-disclosure agreement|employment agreement|loan agreement|liability cap|"
       "liquidated damages|hereinafter|party a|party b|the parties|share purchase agreement|tcv"},
      {Role::contract_word,
       "合同|协议|甲方|乙方|丙方|标的|价款|付款方式|分期付款|首付款|预付款|尾款|质保金|履约保证金|"
       "定金|验收|交付|"
       "交货|违约|违约责任|赔偿|争议解决|仲裁|管辖|生效|签订|签署|双方|盖章|第一条|第二条|第三条|"
       "第四条|第五条|"
       "第六条|第七条|第八条|第九条|第十条|不可抗力|解除|终止|续约|保密义务|知识产权归属|附件一|"
       "条款|"
       "agreement|contract|clause|clauses|indemnify|indemnification|governing law|termination|"
       "warranty|warranties|effective date|payment terms|net 30|net 60|obligations|confidentiality|"
       "supplier|vendor|shall|whereas|force majeure|arbitration|renewal|msa|sow|nda|counterparty|"
       "breach|signed|witness whereof|intellectual property|assignment"},
      {Role::general,
       "法律怎么|法律是怎么|怎么规定|如何规定|什么是|是什么|区别|定义|含义|概念|如何计算|怎么计算|"
       "怎样计算|模板|范文|例子|举例|科普|教程|"
       "公式|课程|教材|"
       "考试|what is|what are|difference between|define|definition|meaning of|how do i calculate|"
       "how to calculate|template|example of|textbook|tutorial|in general|hypothetical|历史上"},
      {Role::published,
       "平均工资|社会平均|最低工资|平均薪资|行业平均|公开数据|行业报告|国家统计局|招聘网站|"
       "公开报道|"
       "上市公司年报|据报道|新闻|"
       "average salary|median salary|"
       "minimum wage|typical|according to news|reported publicly|"
       "reported by the press|publicly reported|10-k|annual report of|market "
       "average|glassdoor|industry average"},
      {Role::house, "栋|号楼|幢|单元"},
      {Role::contract_ref, "合同>(|协议>(|合同(|协议(|协议书(|合同书("},
      {Role::contract_mark, "合字|采字|购字|租字|销字|服字|协字"},
      {Role::shell_user, " -u | --user | -p'| -p\"|sshpass -p "},
      {Role::connection, "DefaultEndpointsProtocol=|Endpoint=sb://"},
      {Role::amount_word, "万份|万股|万元|亿元|元整|百万元|千万元|万美元|亿美元|万人民币"}};
  return all;
}

}  // namespace weir::domain
