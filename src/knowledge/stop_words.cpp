#include "stop_words.hpp"

#include <array>

namespace gatehouse::knowledge {
namespace {

constexpr std::array<StopWords, 11> kStopWords = {{
    {"en",
     "a an the and or but if of to in on at by for from with without into onto over under about as "
     "is are was were be "
     "been being am do does did doing done have has had having can could will would shall should "
     "may might must "
     "i me my mine we us our ours you your yours he him his she her it its they them their this "
     "that these those "
     "there here what which who whom whose when where why how not no nor so than then too very "
     "just also any some "
     "all each every many much more most few other another such only own same per via please tell "
     "explain let "
     "lets ok okay hi hello hey thanks thank up out off again once because while during before "
     "after between "
     "re ve ll exactly really actually cannot dont doesnt isnt arent whats hows "},
    {"de",
     "der die das den dem des ein eine einen einem einer eines und oder aber wenn von zu zum zur "
     "im in am an auf bei "
     "mit ohne für aus nach über unter ist sind war waren sein bin bist kann können könnte wird "
     "werden würde soll "
     "sollte muss müssen darf ich mich mir mein meine meinen meiner wir uns unser du dein sie ihr "
     "er es man dies diese "
     "dieser dieses was welche welcher welches wer wen wem wann wo warum wie nicht kein keine auch "
     "nur noch schon "
     "sehr mehr bitte gibt hat haben habe denn doch so als "},
    {"fr",
     "le la les un une des de du d l et ou mais si à au aux en dans sur sous par pour avec sans "
     "est sont était être "
     "suis ai as a ont avoir peut peux pouvez dois doit faut je me moi mon ma mes nous notre nos "
     "vous votre vos tu il "
     "elle ils elles on ce cet cette ces ça que qu qui quoi quel quelle quels quelles quand où "
     "pourquoi comment ne pas "
     "plus très aussi y se son sa ses est-ce n s c j "},
    {"es",
     "el la los las un una unos unas de del y o pero si a al en con sin por para sobre es son era "
     "ser estar está están "
     "hay he ha han tener puede puedo puedes debe debo yo me mi mis nosotros nos nuestro tú tu tus "
     "usted su sus él ella "
     "ellos se lo le les este esta estos estas eso qué que quién cuál cuáles cuándo dónde por cómo "
     "como no más muy "
     "también cuánto cuántos "},
    {"pt",
     "o a os as um uma uns umas de do da dos das e ou mas se em no na nos nas com sem por para "
     "sobre é são era ser "
     "estar está há tem ter pode posso deve devo eu me meu minha nós nosso você seu sua ele ela "
     "eles elas isso este "
     "esta que quem qual quais quando onde por como não mais muito também quanto quantos ao à "},
    {"it",
     "il lo la i gli le un uno una di del della dei delle e o ma se a al alla in nel nella con "
     "senza per su sul è sono "
     "era essere ho ha hanno avere può posso puoi deve devo io mi mio mia noi nostro tu tuo lei "
     "lui loro si ci questo "
     "questa che chi cosa quale quali quando dove perché come non più molto anche quanto quanti da "
     "dal "},
    {"nl",
     "de het een en of maar als van naar in op aan bij met zonder voor uit over onder is zijn was "
     "waren ben kan kunnen "
     "zal zou moet moeten mag ik me mij mijn wij we ons onze jij je jouw u uw hij zij ze hun dit "
     "dat deze die wat "
     "welke wie wanneer waar waarom hoe niet geen ook nog er te "},
    {"ja",
     "の に は を が と で も か へ や から まで より です ます でした ました する し して した "
     "ある いる なる ない "
     "これ それ あれ この その あの ここ そこ 何 なに なん どう どの どれ どこ いつ 誰 だれ なぜ "
     "どのよう よう "
     "ください 下さい て た だ な ね よ さ い う れ ん "},
    {"zh",
     "的 了 是 在 和 与 或 有 我 我们 你 你们 您 他 她 它 这 那 这个 那个 什么 甚么 怎么 怎样 如何 "
     "为什么 哪里 哪个 "
     "谁 吗 呢 吧 啊 请 能 可以 会 要 把 被 对 从 到 上 中 里 就 也 都 很 不 没 没有 個 个 嗎 這 "
     "為什麼 怎麼 什麼 "},
    {"th",
     "ที่ และ หรือ แต่ ใน บน ของ กับ จาก ถึง โดย เป็น คือ มี ได้ ให้ จะ ไม่ ก็ ว่า นี้ นั้น ฉัน ผม เรา คุณ เขา อะไร "
     "อย่างไร ยังไง ทำไม เมื่อไร เมื่อไหร่ ที่ไหน ไหน ใคร กี่ เท่าไร เท่าไหร่ ไหม หรือไม่ ครับ ค่ะ คะ "},
    {"ru",
     "и или но если в во на по с со к из от до для без о об под над при это этот эта эти тот я мы "
     "ты вы он она они мне "
     "мой моя наш ваш быть есть был была может могу можно нужно что кто какой какая какие когда "
     "где почему как не нет "
     "ли же бы у за так "},
}};

}  // namespace

std::span<const StopWords> stop_words() { return kStopWords; }

const std::string_view kWeakWords =
    "use using get make want need work works put set run running show give find know help try way "
    "thing things "
    "possible happen happens go add see mean means start take look like new good best ";
const std::string_view kFollowUpWords =
    "and or but also what about how then und oder et y e o ou en";
const std::string_view kReferenceWords =
    "it its they them their this that these those there he she same one ones das es sie ça cela "
    "eso esto isso";
const std::string_view kSmallTalkWords =
    "hi hello hey hiya greetings good morning afternoon evening day thanks thank you very much "
    "many cheers great ok "
    "okay cool nice bye goodbye there so hallo danke guten tag bonjour merci salut hola gracias "
    "buenos dias ciao "
    "grazie ola obrigado obrigada";

}  // namespace gatehouse::knowledge
