#include "actors/domain/grading/names.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace weir::domain::names {
namespace {

constexpr std::string_view first_names =
    "gwendolyn isla freddie archie alfie theo finn callum rory angus ewan iona sinead ciara orla "
    "ronan conor tadhg maeve bridget ottilie saskia tabitha winifred edith agnes beatrice jolene "
    "lakisha shanice kareem rashid hamza leyla emre deniz burak elif selin salma hana rania tomasz "
    "piotr krzysztof agnieszka malgorzata katarzyna zuzanna jakub jiri zdenek milos dragan zoran "
    "goran jelena milica ioana bogdan razvan mihai kostas giorgos dimitris eleni solveig torsten "
    "henrik mikkel anders jesper linnea elin maja oskar eero siddharth ananya ishita shreya tanvi "
    "rohan karthik venkat srinivas priyanka swati manish ashok farhan usman ayesha chinedu adaeze "
    "obinna folasade thandiwe sipho lerato wanjiru kamau itziar aitor joaquin ximena guadalupe "
    "rocio dolores esteban leandro caio larissa renata vinicius "
    "james john robert michael william david richard joseph thomas charles christopher daniel "
    "matthew "
    "anthony mark donald steven paul andrew joshua kenneth kevin brian george edward ronald "
    "timothy jason "
    "jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin "
    "samuel "
    "gregory frank alexander raymond patrick jack dennis jerry tyler aaron jose adam henry nathan "
    "douglas "
    "zachary peter kyle walter ethan jeremy harold keith christian roger noah gerald carl terry "
    "sean austin "
    "arthur lawrence jesse dylan bryan joe jordan billy bruce albert willie gabriel logan alan "
    "juan wayne "
    "roy ralph randy eugene vincent russell elijah louis bobby philip johnny mary patricia "
    "jennifer linda "
    "elizabeth barbara susan jessica sarah karen nancy lisa betty margaret sandra ashley kimberly "
    "emily "
    "donna michelle dorothy carol amanda melissa deborah stephanie rebecca sharon laura cynthia "
    "kathleen "
    "amy shirley angela helen anna brenda pamela nicole emma samantha katherine christine debra "
    "rachel "
    "catherine carolyn janet ruth maria heather diane virginia julie joyce victoria olivia kelly "
    "christina "
    "lauren joan evelyn judith megan cheryl andrea hannah martha jacqueline frances gloria ann "
    "teresa "
    "kathryn sara janice jean alice madison doris abigail julia judy grace denise amber marilyn "
    "beverly "
    "danielle theresa sophia marie diana brittany natalie isabella charlotte rose alexis kayla "
    "lily ella "
    "mia ava chloe zoe claire lucy leo max oliver liam mason lucas owen caleb isaac luke hunter "
    "connor eli "
    "cameron adrian evan ian colin simon oscar felix hugo martin victor ivan igor sergei dmitri "
    "vladimir "
    "natasha olga elena irina tatiana anastasia mikhail nikolai boris yuri pavel alexei andrei "
    "carlos luis "
    "miguel jorge pedro manuel antonio francisco javier diego alejandro fernando rafael ricardo "
    "eduardo "
    "sofia camila valentina lucia carmen rosa ana isabel gabriela mariana paula pablo sergio raul "
    "hans "
    "klaus jurgen wolfgang stefan andreas matthias tobias lukas sebastian anja katrin sabine heike "
    "ingrid "
    "greta astrid lars erik bjorn sven nils mohammed muhammad ahmed ali omar hassan hussein "
    "ibrahim khalid "
    "fatima aisha layla yasmin amina zainab mariam raj ravi amit sanjay vijay anil sunil rajesh "
    "priya "
    "anita sunita deepa kavita pooja neha rahul rohit arjun vikram aditya suresh ramesh mahesh "
    "lakshmi "
    "divya meera nisha kiran hiroshi takashi kenji yuki yuko akira haruto sakura keiko naoko "
    "satoshi "
    "jean-paul pierre jacques francois philippe antoine nicolas julien camille chantal sylvie "
    "marco luca "
    "giovanni giuseppe francesca giulia chiara matteo lorenzo alessandro paolo roberto stefano "
    "elias omer "
    "ahmet mehmet mustafa ayse nadia leila tariq bilal imran farah zara sana derek derrick marcus "
    "malcolm "
    "trevor travis troy todd tony tom tim ted steve stan sam ron rob rick ray pete phil pat nick "
    "nate mike "
    "matt lee len ken kate kathy katie jim jeff jen jenny jill jane joanna joanne joel jon josh "
    "jay greg "
    "gene fred ed eddie doug don dan dave chris chuck cindy bill bob ben becky beth barry art andy "
    "allan "
    "allen alex alexandra allison alison alicia april audrey autumn ava bella bonnie brooke "
    "caitlin carla "
    "caroline cassandra cathy celia chelsea clara colleen connie courtney crystal daisy dana "
    "daphne darlene "
    "dawn eileen elaine eleanor ellen elsie erica erin esther eva faith felicia fiona florence "
    "gail gina "
    "gwen hailey hazel heidi hilary hope irene iris ivy jackie jamie janelle jasmine jeanne jo "
    "jocelyn "
    "josephine june kara karla kathy kendra kristen kristin kristina lana leah lena leslie lillian "
    "lois "
    "lorraine lucille lydia mabel mandy marcia margie marion marjorie marlene maxine maya melanie "
    "mercedes "
    "michele mildred miranda molly monica morgan myra nadine naomi nina nora norma paige pauline "
    "peggy penny "
    "phoebe phyllis priscilla rachael regina renee rhonda rita roberta robin rosemary roxanne ruby "
    "sabrina "
    "sadie sally selena serena sheila shelby shelly sherry sidney sierra silvia sonia stacy stella "
    "summer "
    "sue suzanne sydney sylvia tamara tammy tanya tara taylor tessa tiffany tina toni tracy trina "
    "valerie "
    "vanessa vera veronica vicki violet vivian wanda wendy whitney willow yolanda yvonne abel "
    "abraham adolf "
    "alfred alvin amos angel arnold bernard bert blake brad bradley brent brett byron calvin "
    "carlton casey "
    "cecil cedric chad charlie chester clarence claude clayton clifford clinton clyde cody cole "
    "corey craig "
    "curtis dale damian damon darius darrell darren darryl dean dominic donovan drew duane dustin "
    "dwayne "
    "dwight earl edgar edwin elliot ellis elmer emmanuel ernest everett fabian floyd francis "
    "franklin "
    "gavin geoffrey gilbert glen glenn gordon graham grant grayson guy harry harvey hector herbert "
    "herman "
    "homer howard hubert ira irving jared jarrod javon jayden jerome jimmy johnathan julian julius "
    "karl kent "
    "kirk kurt lance landon leon leonard leroy leslie lester levi lewis lionel lloyd lonnie loren "
    "lorne "
    "lyle mario marshall marvin maurice melvin micah miles milton mitchell morris myron neal neil "
    "nelson "
    "norman orlando otis parker perry preston quentin quinn ramon randall reginald rex rodney "
    "roland roman "
    "ross rudolph rufus salvador saul seth shane shaun shawn sheldon sherman spencer stanley "
    "stuart "
    "terrence theodore tobin tomas tommy tristan ulysses vance vernon wade wallace warren wesley "
    "wilbur "
    "wilfred wyatt xavier zack zane aria amelia harper luna scarlett penelope layla riley nova "
    "eleanor "
    "hugh mateo harriet mathilda matilda imelda horace clement percy rupert nigel alistair gemma "
    "poppy "
    "rosalind beatriz declan keisha kwame gareth yusuf noor tobias amara imani zuri kofi ama kwesi "
    "ngozi chidi emeka tunde ade femi sade rosalie cordelia imogen freya niamh siobhan aoife "
    "saoirse "
    "eoin cillian fergus hamish alasdair rhys gethin ioan carys bronwyn dev arun kabir ishaan "
    "anika "
    "leena asha jamal malik tyrone deshawn latoya monique jerome lamar darnell tamika ines joao "
    "thiago "
    "mei ling wei jun li na min xin yan fang ying";

constexpr std::string_view both_names =
    "jordan victoria grant will austin may mark faith hope grace rose summer dale art angel amber "
    "crystal "
    "ruby june april august charlotte diana florence sydney madison jackson dallas logan hunter "
    "carter mason "
    "chase parker pat bill rob sue drew max frank jack virginia carol joy dawn ivy lily daisy "
    "violet iris jasmine "
    "robin sierra sidney brook brooke taylor morgan cameron chad jean gene ray earl guy art don "
    "ken kent lance "
    "miles pierce reed ross rusty sandy sky star sterling wade ward li na wei min fang yan jun ali "
    "van lee "
    "carmen georgia india israel paris london chelsea kelly kimberly lincoln nelson houston "
    "preston casey "
    "jesse penny peg bob dot gay rich rex josh nick tom ted sean angel christian dean major marina "
    "olive "
    "ling mei ying xin mercedes melody harmony destiny trinity nova luna harper stone wren winter "
    "autumn";

constexpr std::string_view last_names =
    "achebe adebayo balogun nwosu okoye chukwu abara kariuki njoroge ochieng moyo ndlovu zulu "
    "botha "
    "pretorius venter naidoo mahlangu deshmukh kulkarni patil desai bhatt chopra malhotra kapoor "
    "saxena trivedi pandey mishra chowdhury islam siddiqui qureshi baig yilmaz kaya demir celik "
    "aydin ozturk lindqvist lindstrom bergman holm lund strand moller holmberg sandberg nygaard "
    "kristensen rasmussen jorgensen castellanos velasco montoya escobar cordero cabrera zamora "
    "valencia quintero pacheco ibarra benitez bravo vidal ferrer marchetti moretti barbieri "
    "santoro caruso villa mazur krawczyk zielinski lewandowski dvorak novotny svoboda popescu "
    "ionescu dimitrov georgiev papadopoulos "
    "smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez "
    "gonzalez "
    "wilson anderson thomas taylor moore jackson martin lee perez thompson white harris sanchez "
    "clark "
    "ramirez lewis robinson walker young allen king wright scott torres nguyen hill flores green "
    "adams "
    "nelson baker hall rivera campbell mitchell carter roberts gomez phillips evans turner diaz "
    "parker cruz "
    "edwards collins reyes stewart morris morales murphy cook rogers gutierrez ortiz morgan cooper "
    "peterson "
    "bailey reed kelly howard ramos kim cox ward richardson watson brooks chavez wood james "
    "bennett gray "
    "mendoza ruiz hughes price alvarez castillo sanders patel myers long ross foster jimenez "
    "powell jenkins "
    "perry russell sullivan bell coleman butler henderson barnes gonzales fisher vasquez simmons "
    "romero "
    "jordan patterson alexander hamilton graham reynolds griffin wallace moreno west cole hayes "
    "bryant "
    "herrera gibson ellis tran medina aguilar stevens murray ford castro marshall owens harrison "
    "fernandez "
    "mcdonald woods washington kennedy wells vargas henry chen freeman webb tucker guzman burns "
    "crawford "
    "olson simpson porter hunter gordon mendez silva shaw snyder mason dixon munoz hunt hicks "
    "holmes palmer "
    "wagner black robertson boyd rose stone salazar fox warren mills meyer rice schmidt garza "
    "daniels "
    "ferguson nichols stephens soto weaver ryan gardner payne grant dunn kelley spencer hawkins "
    "arnold "
    "pierce hansen peters santos hart bradley knight elliott cunningham duncan armstrong hudson "
    "carroll "
    "lane riley andrews alvarado ray delgado berry perkins hoffman johnston matthews pena richards "
    "contreras "
    "willis carpenter lawrence sandoval guerrero george chapman rios estrada ortega watkins greene "
    "nunez "
    "wheeler valdez harper burke larson santiago maldonado morrison franklin carlson austin "
    "dominguez carr "
    "lawson jacobs obrien lynch singh vega bishop montgomery oliver jensen harvey williamson "
    "gilbert dean "
    "sims espinoza howell li wong reid hanson le mccoy garrett burton fuller wang weber welch "
    "rojas lucas "
    "marquez fields park yang little banks padilla day walsh bowman schultz luna fowler mejia "
    "davidson "
    "acosta brewer may holland juarez newman pearson curtis cortez douglas schneider joseph "
    "barrett navarro "
    "figueroa keller avila wade molina stanley hopkins campos barnett bates chambers caldwell beck "
    "lambert "
    "miranda byrd craig ayala lowe frazier powers neal leonard gregory carrillo sutton fleming "
    "rhodes shelton "
    "schwartz norris jennings rios barker chang hardy ballard cohen goldberg friedman kaplan levy "
    "katz "
    "rosenberg klein shapiro mueller muller fischer meyer becker schulz hoffmann schafer koch "
    "bauer richter "
    "wolf schroeder neumann schwarz zimmermann braun kruger hofmann hartmann lange werner krause "
    "lehmann "
    "dubois durand leroy moreau simon laurent lefebvre michel bertrand roux fournier girard bonnet "
    "dupont "
    "rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti "
    "deluca mancini "
    "ivanov petrov sidorov smirnov kuznetsov popov volkov sokolov novak kowalski nowak wisniewski "
    "horvath "
    "nagy kovacs toth szabo jansen bakker visser devries vandenberg peeters hansen nielsen "
    "andersen "
    "pedersen larsen johansson karlsson nilsson eriksson lindberg berg dahl haugen korhonen "
    "virtanen "
    "sato suzuki takahashi tanaka watanabe ito yamamoto nakamura kobayashi kato yoshida yamada "
    "sasaki "
    "matsumoto inoue kimura hayashi choi jung kang cho yoon jang lim han shin sharma verma gupta "
    "kumar "
    "agarwal mehta shah joshi reddy rao iyer nair menon pillai das banerjee mukherjee chatterjee "
    "bose khan "
    "ahmed hussain malik sheikh chaudhry ali hassan hussein ibrahim mohamed abdullah rahman haddad "
    "mansour "
    "nasser costa ferreira pereira oliveira souza rodrigues almeida lima carvalho gomes martins "
    "araujo "
    "barbosa rocha dias nunes mendes cardoso teixeira correia okafor adeyemi mensah nkosi dlamini "
    "mwangi "
    "otieno obi eze diallo traore keita osei owusu boateng tremblay gagnon roy cote bouchard "
    "gauthier "
    "mcallister mccarthy mccormick mcdaniel mckenzie mckinney mclaughlin mcmillan macdonald "
    "macleod oconnor "
    "odonnell oneill osborne parsons paul pope potter pratt quinn randall rich robbins rodgers "
    "rowe salinas "
    "saunders sharp sherman solis steele stephenson strickland sweeney swanson terry todd townsend "
    "tyler "
    "underwood vaughn velazquez walters walton watts whitaker wilkins wilkerson winters wolfe "
    "wyatt yates "
    "york zimmerman atkinson barton beard blair blake bond booth bowen boyle bright brady bush "
    "cannon casey "
    "chandler christensen clarke cobb conner cross cummings dalton daniel daugherty dawson decker "
    "dennis doyle "
    "drake dyer farmer ferrell finch fitzgerald flynn floyd francis frank french frost gallagher "
    "garner gates "
    "gibbs gill glover goodman goodwin griffith hale hammond hampton hancock hodges hogan holloway "
    "horton "
    "houston ingram jarvis joyce kane kerr lamb leach lloyd logan love lyons mack malone mann "
    "manning marsh "
    "mathis maxwell mcbride mcgee miles monroe moody moon moran morton moss mullins nash newton "
    "norman "
    "norton oakley odom oneal page patrick patton phelps poole preston";

constexpr std::string_view chinese_surnames =
    "wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song "
    "zheng xie "
    "han tang feng yu dong xiao cheng cao yuan deng fu shen zeng peng lu su jiang cai jia ding wei "
    "xue ye yan "
    "pan du dai xia zhong tian ren fan fang shi yao tan liao zou xiong jin hao kong bai cui kang "
    "mao qiu qin "
    "gu hou shao meng long wan duan qian yin li yi chang qiao lai gong wen ouyang shangguan sima "
    "zhuge";

constexpr std::string_view others =
    "january february march april may june july august september october november december monday "
    "tuesday "
    "wednesday thursday friday saturday sunday inc ltd llc corp corporation company co group bank "
    "university "
    "college school hospital street avenue road city county state north south east west new united "
    "states "
    "america china europe asia africa london paris tokyo beijing shanghai york jersey mexico "
    "france germany "
    "japan india canada australia microsoft google amazon apple facebook oracle python java linux "
    "docker "
    "kubernetes redis mysql react windows office excel word team department project product "
    "service data "
    "model server client agreement contract invoice order the this that please what how why when "
    "where who "
    "and or for with from subject re report board committee park lake river mount valley island "
    "bridge "
    "airport station hotel center centre museum library church square house building tower law act "
    "theorem "
    "method algorithm distribution process test prize award day week month year room floor suite "
    "unit";

class Words {
 public:
  explicit Words(std::string_view all) {
    while (!all.empty()) {
      const auto blank = std::min(all.find(' '), all.size());
      if (blank > 0) words_.insert(all.substr(0, blank));
      all.remove_prefix(std::min(blank + 1, all.size()));
    }
  }
  bool has(std::string_view word) const { return words_.count(word) != 0; }

 private:
  std::unordered_set<std::string_view> words_;
};

bool vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

/// The end of one syllable of pinyin from `at` on; 0: none.
std::size_t syllable(std::string_view s, std::size_t at) {
  constexpr std::string_view initials = "bpmfdtnlgkhjqxrzcsyw";
  std::size_t i = at;
  if (i < s.size() && initials.find(s[i]) != initials.npos) {
    const char c = s[i++];
    if (i < s.size() && s[i] == 'h' && (c == 'z' || c == 'c' || c == 's')) ++i;
  }
  const auto first = i;
  while (i < s.size() && i - first < 3 && vowel(s[i])) ++i;
  if (i == first) return 0;
  if (i + 1 < s.size() && s[i] == 'n' && s[i + 1] == 'g') return i + 2;
  if (i < s.size() && s[i] == 'n' && (i + 1 >= s.size() || !vowel(s[i + 1]))) return i + 1;
  return i;
}

}  // namespace

bool first(std::string_view lowered) {
  static const Words all{first_names};
  return all.has(lowered);
}
bool both(std::string_view lowered) {
  static const Words all{both_names};
  return all.has(lowered);
}
bool last(std::string_view lowered) {
  static const Words all{last_names};
  return all.has(lowered);
}
bool pinyin_surname(std::string_view lowered) {
  static const Words all{chinese_surnames};
  return all.has(lowered);
}
bool never(std::string_view lowered) {
  static const Words all{others};
  return all.has(lowered);
}

bool pinyin(std::string_view lowered) {
  if (lowered.size() < 2 || lowered.size() > 12) return false;
  const auto one = syllable(lowered, 0);
  if (one == 0) return false;
  if (one == lowered.size()) return true;
  const auto two = syllable(lowered, one + (lowered[one] == '-' ? 1 : 0));
  return two == lowered.size();
}

}  // namespace weir::domain::names
