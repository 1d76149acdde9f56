// The tables of unicode.cpp: each pair is a character and what it stands for.
#include "actors/domain/grading/unicode_tables.hpp"

namespace weir::domain::unicode {

const std::u32string_view latin_00c0 =
    U"AAAAAA.CEEEEIIII.NOOOOO.OUUUUY..aaaaaa.ceeeeiiiidnooooo.ouuuuy.yAaAaAaCcCcCcCcDdDdEeEeEe"
    U"EeEeGgGgGgGgHhHhIiIiIiIiIi..JjKk.LlLlLl..LlNnNnNn..nOoOoOo..RrRrRrSsSsSsSsTtTtTtUuUuUuUu"
    U"UuUuWwYyYZzZzZzs.B................f......k......Oo.............Uu......................."
    U".....AaIiOoUuUuUuUuUu.AaAa....GgKkOoOo..j...Gg..NnAa....AaAaEeEeIiIiOoOoRrRrUuUuSsTt..Hh"
    U"......AaEeOoOoOoOoYy............................";
const std::u32string_view latin_1e00 =
    U"AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPp"
    U"RrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwy.s....AaAaAaAaAaAaAaAa"
    U"AaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy......";
const std::u32string_view radicals_2f00 =
    U"一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸"
    U"屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父"
    U"爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自"
    U"至臼舌舛舟艮色艸虍虫血行衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面"
    U"革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠";
const std::u32string_view compatibility_f900 =
    U"豈更車賈滑串句龜龜契金喇奈懶癩羅蘿螺裸邏樂洛烙珞落酪駱亂卵欄爛蘭鸞嵐濫藍襤拉臘蠟廊朗浪狼"
    U"郎來冷勞擄櫓爐盧老蘆虜路露魯鷺碌祿綠菉錄鹿論壟弄籠聾牢磊賂雷壘屢樓淚漏累縷陋勒肋凜凌稜綾"
    U"菱陵讀拏樂諾丹寧怒率異北磻便復不泌數索參塞省葉說殺辰沈拾若掠略亮兩凉梁糧良諒量勵呂女廬旅"
    U"濾礪閭驪麗黎力曆歷轢年憐戀撚漣煉璉秊練聯輦蓮連鍊列劣咽烈裂說廉念捻殮簾獵令囹寧嶺怜玲瑩羚"
    U"聆鈴零靈領例禮醴隸惡了僚寮尿料樂燎療蓼遼龍暈阮劉杻柳流溜琉留硫紐類六戮陸倫崙淪輪律慄栗率"
    U"隆利吏履易李梨泥理痢罹裏裡里離匿溺吝燐璘藺隣鱗麟林淋臨立笠粒狀炙識什茶刺切度拓糖宅洞暴輻"
    U"行降見廓兀嗀﨎﨏塚﨑晴﨓﨔凞猪益礼神祥福靖精羽﨟蘒﨡諸﨣﨤逸都﨧﨨﨩飯飼館鶴郞隷侮僧免勉"
    U"勤卑喝嘆器塀墨層屮悔慨憎懲敏既暑梅海渚漢煮爫琢碑社祉祈祐祖祝禍禎穀突節練縉繁署者臭艹艹著"
    U"褐視謁謹賓贈辶逸難響頻恵𤋮舘??並况全侀充冀勇勺喝啕喙嗢塚墳奄奔婢嬨廒廙彩徭惘慎愈憎慠懲"
    U"戴揄搜摒敖晴朗望杖歹殺流滛滋漢瀞煮瞧爵犯猪瑱甆画瘝瘟益盛直睊着磌窱節类絛練缾者荒華蝹襁覆"
    U"視調諸請謁諾諭謹變贈輸遲醙鉶陼難靖韛響頋頻鬒龜𢡊𢡄𣏕㮝䀘䀹𥉉𥳐𧻓齃龎";
const std::u32string_view small_fe50 = U",?.?;:?!?(){}??#&*+-<>=?\\$%@";
const std::u32string_view letter_pairs =
    U"ℂCℊgℋHℌHℍHℎhℐIℑIℒLℓlℕNℙPℚQℛRℜRℝRℤZℨZKKℬBℭCℯeℰEℱFℳMℴoℹiⅅDⅆdⅇe"
    U"ⅈiⅉj⁰0ⁱi⁴4⁵5⁶6⁷7⁸8⁹9ⁿn₀0₁1₂2₃3₄4₅5₆6₇7₈8₉9ₐaₑeₒoₓxₕhₖkₗlₘmₙn"
    U"ₚpₛsₜtᴬAᴮBᴰDᴱEᴳGᴴHᴵIᴶJᴷKᴸLᴹMᴺNᴼOᴾPᴿRᵀTᵁUᵂWᵃaᵇbᵈdᵉeᵍgᵏkᵐmᵒoᵖp"
    U"ᵗtᵘuᵛvᵢiᵣrᵤuᵥvᶜcᶠfᶻzʰhʲjʳrʷwʸy";
const std::u32string_view confusable_pairs =
    U"АAВBЕEЅSІIЈJКKМMНHОOРPСCТTУYХXаaеeѕsіiјjоoрpсcуyхxһhԁdԛqԝwҮY"
    U"ԌGЗ3ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXοoρpνvιiαaκkυuτtεeɡgɑaɩiꓐBꓑP"
    U"ꓓDꓔTꓖGꓗKꓙJꓚCꓛCꓜZꓝFꓟMꓠNꓡLꓢSꓣRꓦVꓧHꓪWꓫXꓬYꓮAꓰEꓲIꓳOꓴUӏlոnսuօoցgհh"
    U"ԍgᴄcᴏoᴠvᴡwᴢzⅼlⅽcⅾdⅿmⅰiⅴvⅹxⅠIⅤVⅩXⅬLⅭCⅮDⅯMßsæaøoþp";
const std::u32string_view punctuation_pairs =
    U"“\"”\"„\"‟\"«\"»\"‘'’'‚'‛'′'‵'—-–-‐-‑-‒-―-−-﹘-﹣-⁃-➖-⸺-•·・·‧·"
    U"∙·⋅·●·․.‥.…·⁄/∕/⧸/˸:∶:꞉:ː:﹕:⁓~∼~〜~～~➕+✚+﹢+∗*⁎*✱*＊*﹡*⊕+‖|￨|∣|"
    U"ǀ|¦|〔[〕]【[】]「\"」\"『\"』\"《<》>〈<〉>｡。";
const std::u32string_view traditional_pairs =
    U"併并來来係系個个偉伟傑杰備备傳传債债價价億亿償偿內内兩两冊册別别劉刘劍剑動动務务勝胜勞劳"
    U"勳勋匯汇區区協协參叁吳吴呂吕員员問问喬乔單单嗎吗嚴严國国園园圓元執执報报場场夠够夢梦嬌娇"
    U"孫孙學学實实寧宁審审寫写寶宝將将對对層层崢峥嵐岚嶺岭巖岩師师帳账幣币廈厦廣广張张強强彥彦"
    U"後后從从徵征愛爱慶庆憑凭憶忆應应懷怀戀恋戰战戶户揚扬損损據据數数於于時时曉晓書书會会東东"
    U"條条棟栋業业榮荣構构樂乐樓楼標标機机檔档權权歐欧歷历殘残淨净湯汤溫温滬沪潔洁潤润澤泽濟济"
    U"濤涛濰潍瀋沈灣湾為为無无煙烟營营獎奖現现瑋玮瑤瑶瑩莹環环璽玺瓊琼產产畢毕發发監监盧卢碼码"
    U"祕秘稅税穎颖範范簽签約约紅红紹绍終终給给經经緊紧編编練练縣县總总績绩繫系羅罗義义習习聯联"
    U"聲声職职膠胶臺台與与興兴艷艳華华萬万葉叶蔣蒋蕭萧薑姜蘇苏蘭兰號号衛卫裡里見见訂订計计許许"
    U"註注話话認认誠诚說说誰谁請请諾诺謙谦謝谢證证識识譚谭議议護护讀读讓让豔艳貝贝負负財财貨货"
    U"責责貳贰貴贵買买貸贷費费賀贺資资賈贾賓宾賠赔賢贤賣卖賬账賴赖購购贛赣趙赵車车軍军輛辆輝辉"
    U"輸输轉转辦办這这連连進进運运過过達达違违遞递遠远選选遼辽邁迈還还郵邮鄉乡鄒邹鄧邓鄭郑鄺邝"
    U"醫医鈞钧銀银銘铭鋒锋鋪铺鋼钢錢钱錫锡鍾钟鎮镇鐵铁鑒鉴鑰钥長长門门開开間间閩闽閻阎關关陰阴"
    U"陳陈陸陆陽阳際际雙双離离雲云電电靜静韓韩項项預预題题額额顏颜顧顾飛飞馬马馮冯駕驾駛驶駱骆"
    U"驗验魯鲁鳳凤鴻鸿鵬鹏鶴鹤麗丽點点齊齐齡龄龍龙龐庞龔龚";
const std::vector<char32_t> digit_zeros{
    0x660,   0x6F0,   0x7C0,   0x966,   0x9E6,   0xA66,   0xAE6,   0xB66,   0xBE6,   0xC66,
    0xCE6,   0xD66,   0xDE6,   0xE50,   0xED0,   0xF20,   0x1040,  0x1090,  0x17E0,  0x1810,
    0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,
    0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136,
    0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50,
    0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0};

}  // namespace weir::domain::unicode
