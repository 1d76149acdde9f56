"""Values for the guard's test texts: made up, with valid checksums, and ways to disguise them."""
import base64
import string

DIGITS = string.digits
ALNUM = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits

SURNAMES = ("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
            "卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤")
RARE = "缪佘芮鞠臧苗宓亓郗逄綦闵麻匡仇阮佟靳晏褚祁储冉桑桂柴柯滕惠甄瞿展訾寇应冼巫揭官乐英谷"
COMPOUND = ["欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "令狐", "慕容", "司徒", "夏侯", "东方", "长孙", "宇文", "端木"]
GIVEN = ("子涵 雨桐 建国 志强 晓燕 思远 梓轩 欣怡 秀英 桂兰 国栋 海燕 俊杰 浩然 一诺 佳琪 振华 丽娟 文博 玉珍 春梅 宏伟 "
         "诗涵 天佑 若曦 立群 亚楠 书瑶 景行 明远 永刚 红霞 金凤 嘉懿 泽宇 慧敏 卫东 爱民 小龙 婉清 世杰 雪晴 凯 蕾 琳 峰 "
         "斌 颖 倩 昊 莹 岚 毅 彬 璐 宁 洁 翔 珊 瑞 淼 骁 沐阳 语嫣 德福 长江 冬生 南星 可心 知秋 一鸣 希文 若兰 守义").split()
TRAD = ("陳美玲 張志豪 黃雅婷 劉家豪 葉淑芬 羅偉倫 鄭詠詩 蘇俊賢 許瑋庭 歐陽振宏 蔣麗萍 盧廣文 謝欣穎 楊承翰 "
        "趙國棟 馮寶儀 鍾志明 蕭景文 賴建宏 簡嘉慧").split()
FIRST = ("Olivia Liam Priya Mateo Fatima Kwame Ingrid Declan Yusuf Chloe Marcus Beatriz Sanjay "
         "Helen Dmitri Aisha Patrick Noor Gareth Lucia Tobias Keisha Brandon Elena Hugh "
         "Tamara Vincent Rosalind Omar Jessica Nathan Sofia Colin Amara Walter Deborah Felix "
         "Harriet Ian Monique").split()
LAST = ("Okafor Nguyen Fitzgerald O'Brien Castellano Patel Lindqvist Hargreaves Mbeki Yamamoto "
        "Kowalski Delgado Whitaker Osei Petrov Abernathy McAllister Ramirez Thornton Svensson "
        "Gallagher Chaudhry Beaumont Novak Sinclair Hernandez Prescott Iyer Donnelly Van-Dijk "
        "Holloway Pemberton Reyes Stanton Bergstrom Achebe Caldwell Rosenthal Quigley "
        "Marsh").split()
SYLLABLES = ("wei lin chen hao jing xiao yan bo tao rui qing zhi ming fei lu song yi ran ke "
             "nan").split()
DOMAINS = ("qq.com 126.com foxmail.com outlook.com hotmail.com yahoo.com proton.me icloud.com "
           "sina.com lanshan-tech.com.cn yuanqi.net.cn brightharbor.co.uk kestrel-labs.io "
           "tidewater.org minghe-pharma.com u.northlake.edu").split()
CORPS_ZH = ("蓝杉信息技术有限公司 远祺供应链管理（苏州）有限公司 明禾医药科技股份有限公司 北屿建筑装饰工程有限公司 "
            "澄江精密制造有限公司 鹿鸣文化传媒有限责任公司 拓野智能装备集团 青枫物业服务有限公司 汇川岭新能源有限公司").split()
CORPS_EN = ["Bright Harbor Logistics Ltd", "Kestrel Labs, Inc.", "Tidewater Health Partners LLC",
            "Northlake Components GmbH", "Palisade Foods Corp.", "Quarrystone Capital LP"]
REGIONS = ("110105 120101 130203 140105 150102 210202 220102 230103 310115 320505 330203 340102 "
           "350102 360102 370211 410105 420111 430104 440304 450103 460105 500103 510107 520102 "
           "530102 610104 620102 640104 650102").split()
CITIES = [("江苏省", "苏州市", "吴中区"), ("山东省", "青岛市", "崂山区"), ("湖南省", "长沙市", "岳麓区"),
          ("福建省", "厦门市", "思明区"), ("广东省", "深圳市", "福田区"), ("四川省", "成都市", "武侯区"),
          ("", "天津市", "南开区"), ("", "重庆市", "沙坪坝区"), ("", "上海市", "普陀区"), ("", "北京市", "丰台区"),
          ("河南省", "洛阳市", "涧西区"), ("云南省", "昆明市", "五华区"), ("黑龙江省", "哈尔滨市", "道里区"),
          ("浙江省", "宁波市", "鄞州区"), ("广西壮族自治区", "南宁市", "青秀区"), ("辽宁省", "大连市", "沙河口区")]
ROADS = "宝带东路 香港东路 麓谷大道 湖滨南路 深南大道 人民南路 鞍山西道 大学城中路 曹杨路 南三环西路 景华路 翠湖北路".split()
ESTATES = "锦绣花园 翡翠城 香樟苑 阳光100 碧桂园 紫荆小区 金地名邸 和平里小区 书香门第 万科城市花园".split()
VILLAGES = [("安徽省阜阳市临泉县", "杨桥镇", "前李村"), ("河北省保定市清苑区", "望亭乡", "大庄村"),
            ("贵州省遵义市播州区", "团溪镇", "白果村"), ("江西省赣州市于都县", "银坑镇", "松山村"),
            ("湖北省黄冈市蕲春县", "横车镇", "九棵松村"), ("陕西省渭南市大荔县", "许庄镇", "上吕村")]
TRAD_ADDR = ["臺北市大安區信義路四段{}號{}樓", "新北市板橋區文化路二段{}巷{}號", "高雄市左營區博愛二路{}號{}樓之2",
             "香港九龍旺角彌敦道{}號{}樓B室"]
STREETS = ["Maple Hollow", "Old Quarry", "Sycamore", "Harbor View", "Lincoln", "Juniper", "Fulton",
           "W 47th", "Pine Ridge", "Magnolia"]
US_CITIES = [("Boise", "ID", "83702"), ("Savannah", "GA", "31401"), ("Dayton", "OH", "45402"),
             ("Tacoma", "WA", "98402"), ("Madison", "WI", "53703"), ("El Paso", "TX", "79901"),
             ("Brooklyn", "NY", "11215"), ("San Mateo", "CA", "94401"), ("Durham", "NC", "27701")]
WORDS = "Harbor Lantern Walnut Copper Meadow Falcon Ginger Saturn Pepper Orchid".split()
USCC_CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CARD_BINS = [("621700", 19), ("622202", 19), ("622848", 19), ("621661", 19), ("622588", 16),
             ("622262", 17), ("621799", 19), ("622908", 18), ("622622", 16), ("4532", 16),
             ("4716", 16), ("5425", 16), ("5186", 16), ("3782", 15)]


def pick(r, chars, n):
    return "".join(r.choice(chars) for _ in range(n))


def name(r):
    given = r.choice(GIVEN)
    x = r.random()
    return r.choice(COMPOUND if x < 0.1 else RARE if x < 0.3 else SURNAMES) + given


def ename(r):
    middle = r.choice(["", "", "", "", " " + r.choice("ABCDEHJKLMRST") + "."])
    return r.choice(FIRST) + middle + " " + r.choice(LAST)


def mobile_digits(r):
    prefix = r.choice("133 135 137 139 147 150 152 155 158 159 166 173 176 177 180 182 185 187 189 "
                      "191 193 195 198 199".split())
    return prefix + pick(r, DIGITS, 8)


def mobile(r):
    d = mobile_digits(r)
    sep = r.choice(["", "", "", "", "-", " "])
    prefix = r.choice(["", "", "", "", "+86 ", "+86-", "+86", "(+86) "])
    return prefix + sep.join([d[:3], d[3:7], d[7:]])


def mail(r):
    x = r.random()
    if x < 0.4:
        user = r.choice(SYLLABLES) + r.choice(["", ".", "_"]) + r.choice(SYLLABLES)
        user += r.choice(["", pick(r, DIGITS, 2), "19" + pick(r, "6789", 2)])
    elif x < 0.6:
        user = str(r.randrange(10**7, 10**10))
    else:
        last = r.choice(LAST).replace("'", "").lower()
        user = r.choice([r.choice(FIRST).lower() + "." + last, r.choice("abcdejkm") + last,
                         last + "+" + r.choice(["work", "bills", "2024"])])
    return user + "@" + r.choice(DOMAINS[9:] if r.random() < 0.4 else DOMAINS)


def id_check(body):
    total = sum(int(c) * (1 << (17 - i)) % 11 for i, c in enumerate(body))
    return "10X98765432"[total % 11]


def birth(r):
    return "%04d%02d%02d" % (r.randint(1950, 2016), r.randint(1, 12), r.randint(1, 28))


def idcard(r):
    body = r.choice(REGIONS) + birth(r) + pick(r, DIGITS, 3)
    check = id_check(body)
    return body + (check.lower() if r.random() < 0.2 else check)


def fake_id(r):
    """Eighteen digits that look like an identity number, with a wrong check digit."""
    body = r.choice(REGIONS) + birth(r) + pick(r, DIGITS, 3)
    return body + r.choice([d for d in DIGITS if d != id_check(body)])


def luhn(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return str(-total % 10)


def card(r):
    prefix, length = r.choice(CARD_BINS)
    body = prefix + pick(r, DIGITS, length - len(prefix) - 1)
    d = body + luhn(body)
    sep = r.choice(["", "", "", " ", "-"])
    if length == 15:
        return sep.join([d[:4], d[4:10], d[10:]])
    return sep.join(d[i:i + 4] for i in range(0, len(d), 4)) if sep else d


def fake_card(r):
    body = r.choice(["7731", "9405", "1028"]) + pick(r, DIGITS, 11)
    return body + r.choice([d for d in DIGITS if d != luhn(body)])


def imei(r):
    body = r.choice(["86", "35"]) + pick(r, DIGITS, 12)
    return body + luhn(body)


def isbn(r):
    body = "9787" + pick(r, DIGITS, 8)
    check = -sum(int(c) * (1, 3)[i % 2] for i, c in enumerate(body)) % 10
    return "978-7-%s-%s-%d" % (body[4:7], body[7:], check)


def org_code(r):
    body = pick(r, DIGITS + "MXB", 8)
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(c, 36) * w for c, w in zip(body, weights)) % 11
    return body + {10: "X", 11: "0"}.get(rest, str(rest))


def uscc(r):
    body = r.choice(["91", "92", "12", "52"]) + r.choice(REGIONS) + org_code(r)
    total = sum(USCC_CHARS.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + USCC_CHARS[-total % 31]


def bad_uscc(r):
    good = uscc(r)
    return good[:-1] + USCC_CHARS[(USCC_CHARS.index(good[-1]) + r.randint(1, 30)) % 31]


def landline(r):
    code, n = r.choice([("0755", 8), ("021", 8), ("010", 8), ("0571", 8), ("0512", 8), ("0731", 8),
                        ("0871", 8), ("0379", 8), ("0558", 7)])
    number = r.choice("2345678") + pick(r, DIGITS, n - 1)
    return r.choice(["%s-%s", "%s-%s", "(%s)%s", "%s %s"]) % (code, number)


def plate(r):
    head = r.choice("京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云陕甘青宁新") + r.choice("ABCDEFGH")
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    if r.random() < 0.4:
        tail = r.choice("DF") + r.choice(letters + DIGITS) + pick(r, DIGITS, 4)
    else:
        tail = pick(r, DIGITS + "ABCKNQ", 4) + r.choice(DIGITS)
    return head + r.choice(["", "", "·"]) + tail


def passport(r):
    return r.choice(["E" + r.choice(DIGITS), "E" + r.choice("ABCDEFGH"), "G" + r.choice(DIGITS)]
                    ) + pick(r, DIGITS, 7)


def iban(r):
    code, body = r.choice([("DE", pick(r, DIGITS, 18)), ("ES", pick(r, DIGITS, 20)),
                           ("GB", r.choice(["NWBK", "BARC", "LOYD"]) + pick(r, DIGITS, 14)),
                           ("NL", r.choice(["INGB", "RABO", "ABNA"]) + pick(r, DIGITS, 10)),
                           ("FR", pick(r, DIGITS, 23)), ("CH", pick(r, DIGITS, 17))])
    number = int("".join(str(int(c, 36)) for c in body + code + "00"))
    text = code + "%02d" % (98 - number % 97) + body
    return " ".join(text[i:i + 4] for i in range(0, len(text), 4)) if r.random() < 0.5 else text


def ssn(r):
    area = r.choice([r.randint(1, 665), r.randint(667, 899)])
    return "%03d-%02d-%04d" % (area, r.randint(1, 99), r.randint(1, 9999))


def usphone(r):
    area = r.choice("206 312 404 503 512 602 617 646 702 718 803 919 208 414".split())
    a, b = r.choice("23467") + pick(r, DIGITS, 2), pick(r, DIGITS, 4)
    return r.choice(["(%s) %s-%s", "%s-%s-%s", "%s.%s.%s", "+1 %s %s %s", "+1-%s-%s-%s",
                     "+1 (%s) %s-%s", "1-%s-%s-%s"]) % (area, a, b)


def ip4(r):
    head = r.choice(["10.%d" % r.randint(1, 254), "192.168", "172.%d" % r.randint(16, 31),
                     "%s.%d" % (r.choice("36 47 58 101 113 121 183 220 52 85".split()),
                                r.randint(11, 240))])
    return "%s.%d.%d" % (head, r.randint(1, 254), r.randint(2, 253))


def ip6(r):
    h = [format(r.randint(0x100, 0xffff), "x") for _ in range(6)]
    return r.choice(["240e:%s:%s:%s::%s" % tuple(h[:4]), "fd%02x:%s:%s::%s" % (
        r.randint(1, 255), h[0], h[1], h[2]), "2409:%s:%s:%s:%s:%s:%s:1" % tuple(h)])


def addr(r):
    if r.random() < 0.25:
        county, town, village = r.choice(VILLAGES)
        return county + town + village + r.choice(["%d组%d号", "%d组", "%d号"]).replace(
            "%d", "{}").format(r.randint(1, 12), r.randint(1, 90))
    province, city, district = r.choice(CITIES)
    head = (province if r.random() < 0.5 else "") + city + district
    road, estate, n = r.choice(ROADS), r.choice(ESTATES), r.randint(1, 999)
    b, u, room = r.randint(1, 28), r.randint(1, 4), r.randint(1, 32) * 100 + r.randint(1, 8)
    return head + r.choice(["%s%d号%s%d栋%d单元%d室" % (road, n, estate, b, u, room),
                            "%s%d栋%d单元%d室" % (estate, b, u, room), "%s%d号" % (road, n),
                            "%s%d号%s%d号楼%d" % (road, n, estate, b, room),
                            "%s%d号国贸大厦%s座%d室" % (road, n, r.choice("ABC"), room),
                            "%s街道%s%d号院%d号楼" % (road[:2], road, n, b)])


def taddr(r):
    return r.choice(TRAD_ADDR).format(r.randint(2, 300), r.randint(2, 20))


def eaddr(r):
    city, state, code = r.choice(US_CITIES)
    kind = r.choice(["St", "Street", "Ave", "Avenue", "Rd", "Drive", "Ln", "Blvd", "Court"])
    unit = r.choice(["", "", " Apt %d%s" % (r.randint(1, 40), r.choice("ABC")),
                     ", Suite %d" % r.randint(100, 990), " #%d" % r.randint(2, 60), ", Unit 5"])
    return "%d %s %s%s, %s, %s %s" % (r.randint(11, 9800), r.choice(STREETS), kind, unit, city,
                                      state, code)


def contract(r):
    year, n = r.randint(2019, 2026), r.randint(1, 9999)
    return r.choice(["HT-%d-%04d" % (year, n), "CG%d%04d" % (year, n), "XS%d-%05d" % (year, n),
                     "ZL-%d%02d-%03d" % (year, n % 12 + 1, n % 900 + 1),
                     "HTBH%d%02d%04d" % (year, n % 12 + 1, n), "JSFW-%d-%03d" % (year, n % 999)])


def contract_cn(r):
    return r.choice(["%s合字〔%d〕第%03d号", "%s采购[%d]%04d号"]) % (
        r.choice(["澄江", "蓝杉", "青枫"]), r.randint(2019, 2026), r.randint(1, 900))


def econtract(r):
    year, n = r.randint(2019, 2026), r.randint(1, 999)
    kind = r.choice(["PSA", "MSA", "NDA", "SOW", "SLA", "LIC", "CTR", "PUR"])
    return r.choice(["%s-%d-%03d" % (kind, year, n), "%s-%d-%04d" % (kind, year % 100, n),
                     "%s/%d/%03d" % (kind, year, n), "%s%d%04d" % (kind, year, n)])


def b64url(r, n):
    return base64.urlsafe_b64encode(bytes(r.randrange(256) for _ in range(n))).decode().rstrip("=")


def jwt(r):
    head = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"k%d"}' % r.randint(1, 99))
    body = base64.urlsafe_b64encode(b'{"uid":%d,"exp":17%d}' % (
        r.randint(1000, 99999), r.randint(10**7, 10**8 - 1)))
    return ".".join([head.decode().rstrip("="), body.decode().rstrip("="), b64url(r, 32)])


def pem(r):
    kind = r.choice(["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY"])
    lines = [pick(r, ALNUM + "+/", 64) for _ in range(r.randint(3, 8))]
    lines.append(pick(r, ALNUM + "+/", r.randint(10, 60)) + "==")
    return "-----BEGIN %s-----\n%s\n-----END %s-----" % (kind, "\n".join(lines), kind)


def password(r):
    word = r.choice(WORDS)
    return r.choice([pick(r, ALNUM, 5) + r.choice("!@#%&") + pick(r, DIGITS, 3) + r.choice("!?*"),
                     word + r.choice("@#!_-") + pick(r, DIGITS, 4), pick(r, ALNUM + "!@#^*", 14),
                     word[:3] + pick(r, DIGITS, 2) + r.choice("!@$") + r.choice(WORDS)[:4].lower()])


def hostname(r):
    return r.choice(["db", "pg", "redis", "mq", "mongo"]) + "-%02d.%s" % (
        r.randint(1, 20), r.choice(["internal", "corp.local", "svc.cluster.local", "lan"]))


def dsn(r):
    scheme, port = r.choice([("postgresql", 5432), ("mysql+pymysql", 3306), ("redis", 6379),
                             ("amqp", 5672), ("mongodb", 27017), ("clickhouse", 9000)])
    return "%s://%s:%s@%s:%d/%s" % (scheme, r.choice(["app", "report", "svc_order", "root"]),
                                    pick(r, ALNUM, r.randint(9, 16)), hostname(r), port,
                                    r.choice(["orders", "billing", "0", "crm"]))


def basic_url(r):
    return "https://%s:%s@%s/%s" % (r.choice(["deploy", "ci-bot", "nexus", "svc_sync"]),
                                    pick(r, ALNUM, 12), r.choice(
                                        ["nexus.lanshan-tech.com.cn", "jenkins.kestrel-labs.io"]),
                                    r.choice(["repository/raw", "api/v2", "job/build"]))


def azure(r):
    key = base64.b64encode(bytes(r.randrange(256) for _ in range(64))).decode()
    return ("DefaultEndpointsProtocol=https;AccountName=%s;AccountKey=%s;"
            "EndpointSuffix=core.windows.net" % (pick(r, LOWER, 10), key))


def hexes(n):
    return lambda r: pick(r, "0123456789abcdef", n)


def shaped(prefix, chars, n):
    return lambda r: prefix + pick(r, chars, n)


SECRETS = {
    "aws_id": shaped("AKIA", string.ascii_uppercase + "234567", 16),
    "aws_key": lambda r: pick(r, ALNUM, 20) + r.choice("+/") + pick(r, ALNUM, 19),
    "ghp": shaped("ghp_", ALNUM, 36), "ghpat": shaped("github_pat_11", ALNUM, 80),
    "glpat": shaped("glpat-", ALNUM, 20), "openai": shaped("sk-proj-", ALNUM, 48),
    "slack": lambda r: "xoxp-%s-%s-%s" % (
        pick(r, DIGITS, 12), pick(r, DIGITS, 12), pick(r, LOWER, 24)),
    "stripe": shaped("sk_" + "live_", ALNUM, 24), "anthropic": shaped("sk-ant-api03-", ALNUM, 60),
    "google": shaped("AIza", ALNUM + "_-", 35), "ali_id": shaped("LTAI5t", ALNUM, 18),
    "ali_key": shaped("", ALNUM, 30), "tx_id": shaped("AKID", ALNUM, 32),
    "tx_key": shaped("", ALNUM, 32), "npm": shaped("npm_", ALNUM, 36),
    "hf": shaped("hf_", ALNUM, 34),
    "pypi": shaped("pypi-AgEIcHlwaS5vcmc", ALNUM + "_-", 60),
    "hex32": hexes(32), "hex40": hexes(40),
    "sendgrid": lambda r: "SG.%s.%s" % (pick(r, ALNUM, 22), pick(r, ALNUM, 43)),
    "telegram": lambda r: "%s:AA%s" % (pick(r, "123456789", 10), pick(r, ALNUM + "_-", 33)),
    "azure": azure, "jwt": jwt, "pem": pem, "pw": password, "dsn": dsn, "basic_url": basic_url,
}
LABELLED = {
    "name": ("PERSON", name), "tname": ("PERSON", lambda r: r.choice(TRAD)),
    "ename": ("PERSON", ename),
    "mobile": ("CN_MOBILE", mobile), "mail": ("EMAIL", mail), "idcard": ("CN_ID_CARD", idcard),
    "addr": ("ADDRESS", addr), "taddr": ("ADDRESS", taddr), "eaddr": ("ADDRESS", eaddr),
    "ip4": ("IP_ADDRESS", ip4), "ip6": ("IP_ADDRESS", ip6), "card": ("BANK_CARD", card),
    "contract": ("CONTRACT_NO", contract), "econtract": ("CONTRACT_NO", econtract),
    "contract_cn": ("CONTRACT_NO", contract_cn),
    "plate": ("CN_PLATE", plate), "usphone": ("US_PHONE", usphone), "uscc": ("CN_USCC", uscc),
    "landline": ("CN_LANDLINE", landline), "iban": ("IBAN", iban), "ssn": ("US_SSN", ssn),
    "passport": ("CN_PASSPORT", passport), **{k: ("SECRET", f) for k, f in SECRETS.items()},
}


def date(r):
    y, m, d = r.randint(2019, 2026), r.randint(1, 12), r.randint(1, 28)
    return r.choice(["%d-%02d-%02d", "%d/%d/%d", "%d年%d月%d日", "%d.%02d.%02d"]) % (y, m, d)


def edate(r):
    months = "Jan Feb March April May June July Aug Sept Oct Nov Dec".split()
    return r.choice(["%s %d, %d" % (r.choice(months), r.randint(1, 28), r.randint(2019, 2026)),
                     "%d-%02d-%02d" % (r.randint(2019, 2026), r.randint(1, 12), r.randint(1, 28))])


def uuid(r):
    h = pick(r, "0123456789abcdef", 32)
    return "-".join([h[:8], h[8:12], "4" + h[13:16], "a" + h[17:20], h[20:]])


FILLERS = {
    "date": date, "edate": edate, "uuid": uuid, "fake_id": fake_id, "fake_card": fake_card,
    "imei": imei, "isbn": isbn, "bad_uscc": bad_uscc, "corp": lambda r: r.choice(CORPS_ZH),
    "ecorp": lambda r: r.choice(CORPS_EN), "n1": lambda r: str(r.randint(2, 9)),
    "n2": lambda r: str(r.randint(10, 99)), "n3": lambda r: str(r.randint(100, 999)),
    "n4": lambda r: str(r.randint(1000, 9999)), "n6": lambda r: pick(r, "123456789", 6),
    "n8": lambda r: pick(r, "123456789", 8), "n10": lambda r: "7" + pick(r, DIGITS, 9),
    "n13": lambda r: "17" + pick(r, DIGITS, 11), "sha": hexes(40), "sha256": hexes(64),
    "md5": hexes(32), "short": hexes(7), "sf": lambda r: "SF" + pick(r, DIGITS, 13),
    "sku": lambda r: pick(r, UPPER[:26], 3) + "-" + pick(r, DIGITS, 5) + "-" + pick(r, UPPER, 2),
    "ver": lambda r: "%d.%d.%d" % (r.randint(1, 24), r.randint(0, 40), r.randint(0, 99)),
    "ver4": lambda r: "%d.%d.%d.%d" % (r.randint(1, 9), r.randint(0, 9), r.randint(300, 999),
                                       r.randint(1, 9)),
    "time": lambda r: "%02d:%02d:%02d" % (r.randint(0, 23), r.randint(0, 59), r.randint(0, 59)),
    "money": lambda r: r.choice(["¥{:,}", "人民币{:,}元", "{:,}万元", "{:,}元"]).format(
        r.randint(300, 9_000_000)),
    "usd": lambda r: "${:,}".format(r.randint(2000, 9_000_000)),
    "pct": lambda r: "%.1f%%" % r.uniform(1, 60), "rate": lambda r: "%.2f%%" % r.uniform(0.1, 4),
    "icp": lambda r: r.choice("京沪粤浙苏") + "ICP备%s号-%d" % (pick(r, "123456789", 8), r.randint(1, 9)),
    "pubkey": lambda r: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ" + pick(r, ALNUM + "+/", 80),
    "hotline": lambda r: r.choice(["95588", "95555", "400-820-8820", "800-810-0505", "12345",
                                   "10086", "10010", "12306", "400-700-9665", "95338",
                                   "12315", "110"]),
    "boss": lambda r: r.choice(SURNAMES) + r.choice(["总", "经理", "老师", "工", "女士"]),
}
