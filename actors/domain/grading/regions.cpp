#include "actors/domain/grading/regions.hpp"

#include <string>
#include <unordered_set>

namespace weir::domain {
namespace {

/// Provinces, and cities of the first three ranks, without 省 and 市. Two or three characters each.
constexpr std::string_view names =
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 "
    "海南 四川 贵州 云南 陕西 "
    "甘肃 青海 台湾 广西 西藏 宁夏 新疆 香港 澳门 内蒙古 黑龙江 "
    "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州 "
    "晋中 运城 忻州 临汾 吕梁 "
    "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 葫芦岛 长春 四平 辽源 通化 白山 "
    "松原 白城 哈尔滨 大庆 "
    "齐齐哈尔 牡丹江 佳木斯 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 "
    "杭州 宁波 温州 嘉兴 湖州 "
    "绍兴 金华 衢州 舟山 台州 丽水 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 "
    "六安 亳州 池州 宣城 "
    "福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 "
    "抚州 上饶 济南 青岛 "
    "淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 郑州 开封 洛阳 平顶山 "
    "安阳 鹤壁 新乡 焦作 "
    "濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 "
    "黄冈 咸宁 随州 长沙 "
    "株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 广州 韶关 深圳 珠海 汕头 佛山 "
    "江门 湛江 茂名 肇庆 "
    "惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 "
    "贵港 玉林 百色 贺州 "
    "海口 三亚 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 "
    "巴中 资阳 贵阳 遵义 "
    "六盘水 安顺 毕节 铜仁 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 大理 拉萨 日喀则 西安 铜川 宝鸡 "
    "咸阳 渭南 延安 汉中 "
    "榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 西宁 海东 银川 石嘴山 吴忠 "
    "固原 中卫 乌鲁木齐 "
    "克拉玛依 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 昆山 义乌 常熟 江阴 张家港 太仓 慈溪 余姚 晋江 "
    "台北 高雄 台中 新北 "
    "浦东 海淀 朝阳 徐汇 天河 南山 福田 静安 黄浦 长宁 闵行 宝山 东城 西城 丰台 余杭 西湖 滨江 "
    "武侯 锦江 青羊 越秀 番禺 "
    "龙岗 宝安 罗湖 江宁 鼓楼 玄武 雁塔 碑林 洪山 武昌 江汉 渝中 渝北 沙坪坝 和平 岳麓 芙蓉";

const std::unordered_set<std::string_view>& known() {
  static const auto all = [] {
    std::unordered_set<std::string_view> set;
    for (std::string_view rest = names; !rest.empty();) {
      const auto blank = rest.find(' ');
      set.insert(rest.substr(0, blank));
      rest.remove_prefix(blank == rest.npos ? rest.size() : blank + 1);
    }
    return set;
  }();
  return all;
}

}  // namespace

std::size_t first_region(std::string_view text) {
  for (std::size_t i = 0; i + 6 <= text.size(); ++i) {
    if ((text[i] & 0xC0) == 0x80) continue;
    for (const std::size_t n : {12u, 9u, 6u})
      if (i + n <= text.size() && known().count(text.substr(i, n)) != 0) return i;
  }
  // Another county or district: two characters before its kind.
  for (const std::string_view kind : {"省", "市", "区", "县", "镇", "乡"})
    if (const auto at = text.find(kind); at != text.npos && at >= 6)
      return at - (at >= 9 && at < 12 ? at : 6);
  return text.npos;
}

}  // namespace weir::domain
