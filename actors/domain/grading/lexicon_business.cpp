// Plainer words of contracts and of unpublished figures: none tells alone, several do.
#include "actors/domain/grading/lexicon.hpp"

namespace weir::domain {

const std::vector<Words>& business_words();

const std::vector<Words>& business_words() {
  static const std::vector<Words> all{
      {Role::party,
       "甲乙双方|甲方|乙方|丙方|丁方|双方|任何一方|另一方|对方当事人|出租方|承租方|出租人|承租人|"
       "发包方|"
       "承包方|发包人|"
       "承包人|分包人|分包方|总包方|委托方|受托方|委托人|受托人|买方|卖方|买受人|出卖人|供方|需方|"
       "供货方|"
       "采购方|定作人|承揽人|出借人|出借方|借款人|借款方|贷款人|保证人|担保人|抵押人|许可方|"
       "被许可方|授权方|"
       "被授权方|转让方|受让方|服务方|接收方|披露方|投资方|目标公司|合作方|经销商|代理商|加盟商|"
       "特许人|"
       "出资人|合伙人|用人单位|劳动者|物业方|承运人|托运人|保险人|"
       "client|supplier|customer|vendor|contractor|subcontractor|licensor|licensee|lessor|lessee|"
       "landlord|"
       "tenant|receiving party|disclosing party|either party|each party|both parties|the parties|"
       "purchaser|seller|buyer|borrower|lender|guarantor|service provider|franchisee|franchisor|"
       "distributor|consultant shall|employer shall|employee shall|the company shall|client shall"},
      {Role::duty,
       "应于|应在|应当于|应按|应向|须于|须在|须按|须向|不得|有权|逾期|迟延|延期交付|支付|缴纳|拨付|"
       "赔偿|"
       "滞纳金|误期|罚金|违约|押金|保证金|收回|解除|终止|返还|退还|归还|归甲方|归乙方|所有权归|"
       "成果归|"
       "承担连带|连带责任|保证责任|免责|保密义务|独家|排他|续期|顺延|分期|分三期|分两期|年利率|"
       "月利率|利息|"
       "约定|未达标|最低采购|取消独家|对赌|竞业|转租|转包|罚则|质保|交付|预付|尾款|定金|佣金|"
       "签字盖章|验收合格|书面同意|书面通知|"
       "同意|扣除|扣减|单方|擅自|承诺|"
       "deduct|of delay|per day of delay|entitled to|must not|undertakes to|agrees to|shall|must "
       "pay|shall pay|in advance|deposit|arrears|late delivery|late "
       "fee|penalty|liability|"
       "indemnify|hold harmless|terminate|termination|re-enter|written notice|prior written|net 30|"
       "net 45|net 60|net 90|interest at|per annum|initial term|renewal term|in strict confidence|"
       "return all copies|exclusive|exclusivity|remain in force|remain in full force|governing law|"
       "acceptance|within 30 days|within 14 days|within 60 days|within ten days|within thirty days|"
       "upon receipt|aggregate liability|shall not exceed|milestone|liquidated"},
      {Role::deed,
       "合同|协议|授权书|委托书|承诺书|备忘录|意向书|借条|欠条|借据|保函|订单|契约|租约|条款|附件|"
       "附录|"
       "合作书|责任书|承包书|中标通知书|分包价款|合同价|租金|月租|研发经费|服务费|委托费|"
       "技术服务费|"
       "agreement|contract|purchase order|statement of "
       "work|sow|msa|nda|lease|deed|amendment|addendum|"
       "order form|engagement letter|work order|monthly rent|retainer|licence fee|license fee|"
       "service fee|hosting fee|confidential information|provisions"},
      {Role::secrecy,
       "暂不对外|先不对外|还没对外|还没签|别说出去|先别说|别告诉|不要告诉|不能告诉|别让|不要让|"
       "不能让|千万别|别外传|别传|勿外传|"
       "勿外流|勿外泄|"
       "勿转发|勿传|别转发|别发到|不要发到|不要外发|别外发|严禁外泄|对外保密|要保密|保密清单|"
       "请保密|"
       "未公开|未公告|未披露|未发布|未对外|尚未公告|不对外|公告之前|公告前|公布前|披露前|披露之前|"
       "官宣前|"
       "密封前|开标前|签约前|内部口径|仅供内部|内部掌握|小范围|知情人|内幕|员工还不知道|员工不知道|"
       "没跟员工|未审|未经审计|自结|脱敏前|机密|绝密|"
       "keep this between us|between us|keep it quiet|keep quiet|do not share|don't share|do not "
       "forward|"
       "don't forward|not public|non-public|not yet public|not announced|not yet "
       "announced|unannounced|"
       "undisclosed|before we announce|before we go public|before the announcement|before "
       "announcing|"
       "hush-hush|embargo|embargoed|under wraps|eyes only|internal only|strictly "
       "internal|confidential|"
       "unaudited|nobody knows|hasn't been told|haven't told|sealed offer|sealed bid|not for "
       "circulation|"
       "pre-announcement|don't tell|do not tell"},
      {Role::inside,
       "董事会|股东会|股东大会|审计委员会|管理层|高管会|经营会|总办会|议题|决议|议案|内部|初稿|"
       "草案|讨论稿|"
       "征求意见稿|快报|月报|经营快报|审批单|审批理由|立项|核算|测算|复核|预算表|投标文件|标书|"
       "底价|"
       "尽调|尽职调查|老板|领导要求|裁员|"
       "internal|board|draft for the board|board paper|board pack|audit committee|management "
       "accounts|"
       "steering committee|leadership team|approval note|budget draft|draft budget|due diligence|"
       "covenant|layoffs|closing of|escrow"},
      {Role::own,
       "我们|我方|我司|本公司|咱们|咱公司|本部门|各部门|部门|事业部|分公司|子公司|团队|公司|集团|"
       "our|we|us"},
      {Role::plan,
       "预计|计划|打算|准备|拟|即将|下周|下月|下个月|下季度|明年|来年|全年|年度|目标|测算|估算|"
       "预测|"
       "forecast|forecasts|expect|expects|plan|planned|plan to|next quarter|next month|next year|"
       "target|projected|projection|outlook|will be|accrual|set for"},
      {Role::metric,
       "人力成本|用工成本|工资总额|薪资|薪资代发|订单额|签约额|合同额|回款|营收|收入|净利|利润|"
       "毛利|毛利率|"
       "亏损|现金|现金流|账上|存货|跌价|计提|坏账|应收|应付|预算|经费|推广费|差旅|开支|资本开支|"
       "支出|"
       "成本|费用|合计|总价|报价|出价|价格|采购额|贷款|银团|授信|负债|商誉|估值|融资额|实发|应发|"
       "岗位工资|"
       "绩效|奖金|年包|调薪|薪酬包|渠道价|"
       "revenue|profit|operating profit|margin|headcount cost|payroll|base pay|bonus|base_pay|opex|"
       "capex|cash flow|cash position|burn|runway|arr|mrr|churn|bookings|pipeline|ebitda|net "
       "loss|cost|"
       "budget|spend|spending|consensus|option grant|shares at|strike price|grant list|loan|"
       "facility|goodwill|inventory|impairment"},
      {Role::deal,
       "领投方|投前|投后|处置|收购|买下|入股|参股|控股|并入|股权|股份|要约|出手|交割|对赌|增资|"
       "注资|领投|估值|竞购|剥离|"
       "出售子公司|"
       "以专利作价|现金出资|"
       "earn-out|founders|signing|upfront cash|"
       "acquire|acquiring|acquisition|buy out|buyout|take over|takeover|merger|stake|divest|shares "
       "of|"
       "tender offer|closing|term sheet|our bid|our offer|sealed offer|stretch to|walk away"}};
  return all;
}

}  // namespace weir::domain
