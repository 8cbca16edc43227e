// SPDX-License-Identifier: Apache-2.0
#include "bench/name_lists.h"

// Names in the approximate order of their frequency among children in England, written for this bench; the shares come
// from curves (name_model.c). Which names lead follows the published lists that docs/matching.md cites.

// Boys and girls of families whose names are English, Welsh, Scottish or Irish, or have become so.
const char english_boys[] =
    "oliver jack harry george charlie thomas alfie noah william jacob joshua james oscar leo henry archie ethan "
    "daniel samuel alexander joseph freddie lucas arthur max isaac benjamin theo finley dylan edward logan riley "
    "harrison adam mason jake theodore sebastian luca jayden lewis tyler zachary ryan luke liam matthew reuben "
    "toby tommy harvey jude elijah david louie teddy michael louis arlo callum harley nathan rory hugo charles "
    "gabriel alex kai albie roman frankie connor frederick jamie ronnie aaron bobby leon albert reggie elliot "
    "stanley owen blake jenson jaxon caleb ollie ellis sonny cameron rowan felix ezra elliott finlay aiden kian "
    "dexter jesse finn carter rhys evan austin robert jackson hunter jasper john alfred joel tobias billy dominic "
    "oakley hudson patrick bailey cody ben seth milo ralph aidan christopher kyle hayden nathaniel bradley ashton "
    "kayden grayson eli maxwell reece sam levi taylor rupert ruben nicholas brody corey myles anthony brandon "
    "cole miles elias vincent marley tristan joey otis jonah morgan beau jason zac maximilian spencer vinnie "
    "andrew joe eric chester jonathan peter rocco kevin lincoln jay kaiden cooper marcus ewan zack rio zak jordan "
    "flynn wilfred robin lenny xavier frank parker jax raphael maximus christian jaxson ted declan olly mark "
    "isaiah sean lennon brodie fraser layton leighton jensen adrian sidney bodhi barnaby danny francis alan rex "
    "xander zach river otto tom freddy victor phoenix asher axel shay malachi martin eddie mckenzie conor "
    "fletcher josiah micah chase remy richard kit rufus leonard ashley archer casey josh casper nico preston rudy "
    "zion rafferty eden paul julian romeo travis douglas damian hector jaden coby harris monty junior bertie "
    "osian euan angus timothy quinn jimmy jeremiah stephen fabian scott philip simon niall troy mitchell heath "
    "curtis lee dean shane wesley lloyd kane regan hamish rafe wyatt tate jared calvin crawford gethin tomos "
    "iestyn macsen callan ronan eoin cormac fergus struan lachlan murray";

// Girls, likewise.
const char english_girls[] =
    "olivia amelia emily lily ava grace isla sophie jessica mia isabella ruby evie poppy ella chloe sophia freya "
    "charlotte daisy isabelle phoebe sienna florence millie scarlett alice lucy rosie eva matilda evelyn maisie "
    "imogen ellie willow holly ivy elsie erin maya lola layla hannah elizabeth molly emma emilia summer abigail "
    "jasmine lilly megan eleanor esme eliza amber harriet harper georgia amelie gracie rose zara katie violet "
    "bella amy anna leah lexi penelope brooke maria lottie annabelle lacey aria martha isabel thea luna mila "
    "bonnie nancy madison bethany maddison heidi zoë arabella sarah francesca niamh darcie faith robyn isobel "
    "iris paige hallie skye orla hollie beatrice ada victoria delilah eloise lara lydia aurora keira lyla mollie "
    "alexandra darcy caitlin darcey tilly rebecca eden clara mabel lauren annie nevaeh gabriella mya aaliyah "
    "edith libby margot felicity eve nicole lexie savannah olive tia connie elodie hope alisha seren laura naomi "
    "lillie frankie esther autumn annabel sadie myla elena pippa edie alicia lyra lois esmae maeve ariana amaya "
    "nina madeleine aimee rosa alexis anya elise hazel kayla lucia betsy neve alyssa angel georgina marnie india "
    "ophelia faye melissa maisy maia aoife maggie alana tabitha ottilie anastasia miley polly beatrix rachel "
    "nellie skyla amara liliana cora jemima penny abbie lana nora indie cleo jennifer lilah talia emmie nova "
    "alexa eliana skylar georgie alba mary athena piper courtney macie scarlet april aurelia lucie tallulah demi "
    "cara josephine ebony honey natalie hattie jessie emelia paisley katherine josie lila callie ffion kiara "
    "pearl macey taylor cerys elsa melody natasha nia primrose constance dorothy kiera kaitlyn casey ariella "
    "michelle wren miriam catherine samantha tegan helena belle caitlyn alina madeline antonia clementine milly "
    "harlow diana billie tiana saoirse sinéad siobhán carys megan-rose catrin angharad mali efa kayleigh hayley "
    "kelsey shannon danielle stephanie jade gemma";

// The leading surnames of England and Wales.
const char english_surnames[] =
    "smith jones taylor williams brown davies evans wilson thomas roberts johnson lewis walker robinson wood "
    "thompson white watson jackson wright green harris cooper king lee martin clarke james morgan hughes edwards "
    "hill moore clark harrison scott young morris hall ward turner carter phillips mitchell adams anderson allen "
    "cook bell parker miller baker bennett richardson marshall cox collins shaw simpson gray murphy campbell "
    "davis kelly bailey price webb griffiths stevens rogers foster murray mason palmer knight holmes wilkinson "
    "mills barnes chapman matthews lloyd jenkins owen butler russell barker stewart fisher powell gibson hunt "
    "harvey pearson graham hamilton reid fletcher reynolds dixon ellis walsh jordan fox ford stephenson crawford "
    "ryan burton kennedy wallace elliott cole cunningham payne booth gordon west brooks thomson day bradley "
    "watkins hudson spencer oneill armstrong lawrence mcdonald perry andrews grant rose atkinson carr dunn "
    "francis berry woods hart robertson nicholson saunders pearce barrett hayes black hopkins harding webster "
    "ferguson howard gardner bird porter riley hawkins duncan newman burns stone may sutton warren fraser kerr "
    "tucker byrne doyle lane holland gallagher dean oconnor parsons curtis parry burke williamson bishop bull "
    "goodwin nash townsend walters hewitt read gilbert marsh hammond franklin oliver carroll cross gill bates "
    "davidson todd johnston barton morton norris mann weaver hardy bryant mcarthur gibbs ball clayton poole frost "
    "reed page flynn craig barlow higgins banks field ross goddard wheeler bowen rowe coleman steele manning "
    "french quinn freeman osborne greenwood sharp hurst lowe perkins abbott rees farrell pritchard cartwright "
    "hancock kirby rhodes whitehead lynch nicholls fleming mcdonnell daly bentley nelson lambert knowles power "
    "kay hobbs savage henderson faulkner thornton sykes skinner fuller douglas holloway haynes birch gregory "
    "barnett conway chambers dawson hodgson hartley buckley humphreys middleton welch stephens coles baxter "
    "hargreaves bond blake garner ashton humphries bevan vaughan short wade little chadwick norman brookes hilton "
    "dale peters hooper kemp potter preston parkin whittaker sheppard benson pugh lamb mellor slater bray english "
    "jarvis gough law tyler swift wells sanderson cooke morrison bolton lucas steward parkinson dobson summers "
    "robson appleby whitehouse doherty nolan bowden yates drew sinclair ingram moss myers horton wall randall "
    "dickinson bailes brady cameron hicks heath forster patterson waters hull briggs holden bartlett wyatt "
    "pickering daniels barber finch glover bruce connolly morley metcalfe howarth stanley finlay wilkins buckle "
    "waite lister holt ashworth burgess tomlinson kenny sweeney boyle maguire singleton clifford hodges kent "
    "haigh moran rawlings pope dyer giles forrest hope cowley lawson newton winter weston cullen conner boyd "
    "mckenzie cassidy mclean crossley sherwood milner booker ramsey bourne cannon leach ellison mckay monk sparks "
    "corbett hallam york southall westcott";

// Pakistani and Bangladeshi families. Mohammed comes by a rule of its own.
const char south_muslim_boys[] =
    "ali ahmed adam yusuf ibrahim hamza abdullah zain ayaan zakariya musa hassan umar haris eesa rayyan bilal "
    "ismail mustafa yahya zayn aayan subhan aryan haider syed idris khalid malik armaan usman amir rehan hashim "
    "saad faizan junaid danyal daud sulaiman hussain imran kamran tariq shahid nabil asad fahad sami zaid ayub "
    "arham shayaan mikaeel isa omar abdul rahim tahmid nafis rafi tanvir mahdi jibril taha arslan talha uzair "
    "huzaifa ehsan rizwan shoaib waqas nadeem adeel aqib";

// Girls, likewise.
const char south_muslim_girls[] =
    "fatima aisha maryam zainab zahra khadija ayesha anaya safa amina mariam aleena hafsa inaaya zoya syeda aliza "
    "noor inaya iqra zaynab aiza sara hana layla sumaya ruqayyah safiya asma maria halima hiba eshaal minahil "
    "anisa saima nadia samina sana aleesha amna rabia laiba mahnoor nimra alina raeesa sadia tasnim tahmina "
    "nusrat sabiha jannat mehreen rukhsana shazia farah nazia humaira bushra kainat areeba";

// In the order of K. Tucker (Nomina 27, 2004) as far as that goes.
const char south_muslim_surnames[] =
    "khan hussain ahmed ali begum shah akhtar miah bibi rahman iqbal mohammed mahmood malik uddin ahmad hassan "
    "rashid choudhury islam chowdhury aslam parveen bashir sheikh ullah aziz zaman qureshi khatun rehman butt "
    "mirza javed khatoon hussein saleem raja siddique nawaz anwar arshad hanif sharif karim mughal ashraf rafiq "
    "haq yasin alam akram riaz dar afzal azam abbas raza shabir sarwar younis zafar kausar latif majid sadiq "
    "kabir haque sultana akter bano awan bhatti chaudhry dad gul hamid hayat ismail jabeen jamil khalid kiani "
    "latief mir naz niaz pervez qasim rasool saeed shafiq tariq usman wahid yaqoob yousaf zahid afridi akbar "
    "akhter anjum asghar ayub azhar baig bajwa baloch bangash basharat bhutta chughtai dogar durrani gilani "
    "gondal haider hashmi hashim ijaz ilyas imran irfan jafri jameel janjua jutt kayani khawaja khokhar lodhi "
    "lone mansoor masood mehmood mohammad mohamed muhammad mukhtar munir mushtaq naeem naveed nazir niazi noor "
    "pasha qadir qamar qazi raheem ramzan rana rasheed rauf rehan sabir safdar sajid salim samad sardar sattar "
    "shabbir shafi shaikh shakoor shaukat siddiqui sohail suleman syed tahir tanveer waheed waqar waseem yaqub "
    "zahoor zaheer ziad zubair amin ara barua bhuiyan biswas chakraborty das dey ferdous ghosh hoque howlader "
    "khanam majumder mannan mazumder mia mollah mondal munshi nessa paul rahim roy sarkar sarker siddika sikder "
    "talukder tarafder";

// Other Indian families.
const char hindu_boys[] =
    "aarav arjun krish rohan aryan dev ishaan vivaan reyansh aditya advik vihaan kiaan rishi jay nikhil rahul "
    "dhruv shaan yash veer neel ayush kabir karan akash sai om rudra shiv pranav anish kavin kush raj samir ansh "
    "kian manav ved";

// Girls, likewise.
const char hindu_girls[] =
    "anaya diya aarohi ananya saanvi anika riya isha aadhya myra kiara nisha priya maya aanya avani meera pooja "
    "shreya tara khushi aditi navya ishani kavya sia jiya prisha nikita siya reya mahi trisha veda pari dhara "
    "roshni anvi";

// Surnames, likewise.
const char hindu_surnames[] =
    "patel shah sharma kumar mistry joshi desai mehta gupta parmar chauhan solanki reddy nair rao jain thakrar "
    "pandya shukla bhatt trivedi iyer menon pillai verma mishra gandhi modi amin chopra kapoor agarwal singhal "
    "varsani hirani lad naik pandey krishnan subramaniam rana raval tailor vadher vyas dave acharya bhagat adani "
    "agrawal ahuja anand arora asher balakrishnan bansal bedi bhandari bhardwaj bhasin bhavsar bose chandra "
    "chatterjee chaudhary chawla cherian choksi chopda dalal darji das datta dewan dhar dholakia dixit gadhia "
    "gajjar ganatra ganesan garg george ghelani goel gohil gokani goswami goyal gulati gurung iyengar jadeja "
    "jagdish jani jaswal jethwa jha jhala jobanputra kakkad kalsi kamath kanani kapadia kapur karia kataria "
    "kaushal khanna khatri kothari kotecha krishna kulkarni lakhani limbu luthra madhvani magar mahajan malhotra "
    "mandal mathew mathur mistri mittal modha morjaria mukherjee murthy nagda nagpal nandha narayan nathwani oza "
    "panchal pandit parekh parikh patil pawar phull pindoria popat pradhan prajapati puri rabadia rai raichura "
    "raja rajan raje raju ramachandran raman rastogi rathod rawal rawat sagar saha sahni sanghani sanghvi "
    "sanghrajka sarna saxena sen seth sethi shetty shrestha singhania sinha sodha somani soni sood srinivasan "
    "suri swami tamang tandon tanna thaker thakkar thakur thapa tiwari unadkat vaghela varghese varma vaghjiani "
    "venkatesh vora wadhwa yadav zala";

// Sikh families. Singh and Kaur as second forenames come by a rule of their own.
const char sikh_boys[] =
    "arjan gurpreet jasdeep harman karan jeevan kiran amar sahib dilraj tegh ajay ranveer jovan sukhraj jasraj "
    "harvir gurveer manraj rajan aman arran baljeet harjit inderjit kamal manvir navraj prabhjot sunny";

// Girls, likewise.
const char sikh_girls[] =
    "simran jasmin harleen avneet kiran gurleen manveer jasleen anoushka harpreet amrit sehaj kirat mehar ravneet "
    "sukhmani navneet ria jeevan karam jasmeet tavleen priya anmol gursimran ishpreet rupinder";

// Surnames, likewise.
const char sikh_surnames[] =
    "singh kaur gill sidhu johal sandhu dhillon bains grewal dhaliwal sahota atwal cheema uppal bhogal matharu "
    "virdee sangha rai mann sohal hundal purewal randhawa chana panesar bassi lall deol bahra heer kang kooner "
    "khaira nijjar toor aujla badesha bahia bamrah bansal bhachu bhamra bhandal bhullar bilkhu birdi brar chaggar "
    "chahal chohan dale dhadwal dhami dhanda dhanjal dhesi dhindsa dosanjh gahir gakhal garcha ghattaora ghuman "
    "hayer jagdev jandu jassal jhutti johl jutla kalsi kandola kalirai khangura khatkar khella khun-khun kullar "
    "lally landa lidder lota mahal malhi mangat matharoo mehat minhas mudhar nagra nahal nandra nannar nizzer "
    "pabla padda pandher pannu parhar parmar phagura plaha power rakhra ranu rehal riat roopra saggu sahans "
    "sahdra samra sanghera sarai seehra sehmi sekhon shergill shoker sian sihra sira somal soor sur tamber "
    "tathgur thandi thiara tiwana ubhi ubhey wilkhu";

// Arab, Somali and North African families.
const char arabic_boys[] =
    "omar ali ahmed yusuf adam ibrahim hassan abdullah mahmoud khalid zakaria abdirahman youssef hamza "
    "abdulrahman mustafa ayman anas ismail bilal karim tarek said hussein salim jamal rayan amir faris yahya sami "
    "nasir abdi liban hamad walid ziad ayub mahamed yasin idris samir nabil tariq bashir imad";

// Girls, likewise.
const char arabic_girls[] =
    "fatima aisha maryam amina hana sara salma layla nour zahra mariam khadija yasmin hafsa sumaya asma ikram "
    "ayan hodan nasra hamdi ilhan safia rania lina dina huda iman jana malak farah rahma amal zeinab noor salwa "
    "aya reem sabrin ifrah";

// Surnames, likewise.
const char arabic_surnames[] =
    "ali mohamed ahmed hassan hussein abdi omar ibrahim abdullah osman yusuf salah farah warsame adan jama "
    "al-hassan saleh mahmoud khalil said nur abdulrahman el-sayed mansour haddad hamdan saeed aden elmi abukar "
    "ahmad younes salem karim kassim barre guled ismail khalifa mahdi nasser qasim rashid al-khatib sharif sheikh "
    "sultan tahir al-mutairi benali bouzid chaoui el-amin idrissi ouali zaidi aziz hamid abdulkadir abdulle abdalla "
    "abdullahi afrah alasow barkhad dahir diriye dualeh egal farole gedi hirsi issa jibril kahin liban muse nuur "
    "omer roble samatar shire yasin ahmadi amiri azizi barakzai faizi hakimi hashemi hosseini jafari karimi "
    "mohammadi momand naseri noori popal rahimi rahmani rezaei safi salehi shinwari stanikzai wardak yousafzai "
    "zadran hamdi bouazza benyahia bensaid bouchaib amrani alaoui bennani berrada cherkaoui el-fassi el-idrissi "
    "elhassan elmasri ezzat fahmy fouad gamal hegazy kamel mostafa naguib ramadan salama shaheen soliman wahba zaki "
    "abbas abdelaziz abdel-rahman abdulaziz abdulkarim abdulla aboud al-hussein al-jabouri khalidi al-rashid "
    "al-saadi al-sharif al-zubaidi alawi ali-mohamed allam amin ammar asaad attia awadh ayoub badawi bakri darwish "
    "dawood eltayeb fadel fares fathi habib haidar hamad hamed hamza hani haroun hashem hijazi jabbar jaber jawad "
    "kadhim kareem khaled khalifeh khoury mahmood majeed mansoor masri mousa mubarak nader najjar nassar odeh "
    "qassem rabie radwan ramzi sabry sadek saleem salman samara sami shakir shami siddig sulaiman suleiman tawfiq "
    "yassin younis zein";

// Polish, Romanian and neighbouring families.
const char european_boys[] =
    "jakub filip kacper antoni szymon oskar jan aleksander michał mateusz dawid nikodem oliwier adam maksymilian "
    "wiktor kamil patryk igor mikołaj dominik alan leon franciszek stanisław łukasz bartosz tomasz piotr paweł "
    "krzysztof marcel fabian hubert andrei david alexandru ștefan matei luca ioan gabriel cristian mihai darius "
    "robert denis sebastian";

// Girls, likewise.
const char european_girls[] =
    "zuzanna maja julia lena hanna zofia nikola natalia alicja oliwia wiktoria aleksandra amelia gabriela emilia "
    "maria laura antonina nadia kornelia pola milena martyna weronika magdalena karolina katarzyna małgorzata "
    "agata iga helena barbara joanna andreea ioana elena alexandra daria sofia bianca denisa ana ecaterina medeea "
    "adelina";

// Surnames, likewise.
const char european_surnames[] =
    "nowak kowalski wiśniewski wójcik kowalczyk kamiński lewandowski zieliński szymański woźniak dąbrowski "
    "kozłowski jankowski mazur wojciechowski kwiatkowski krawczyk kaczmarek piotrowski grabowski zając pawłowski "
    "michalski król nowakowski wieczorek wróbel jabłoński dudek majewski adamczyk stępień górski nowicki "
    "malinowski pawlak sikora walczak baran duda popa popescu ionescu radu dumitru stan stoica gheorghe matei "
    "ciobanu marin rusu constantin lazăr florea dinu munteanu moldovan șerban toma nistor ivanov petrov dimitrov "
    "kovács novák horváth balog kazlauskas ozols bērziņš bielecki borkowski brzezinski chmielewski cieslak "
    "czarnecki czerwinski domanski gajewski gorecki jasinski jaworski kaczmarczyk kalinowski kania kasprzak kopec "
    "kozak kubiak kucharski lis maciejewski marciniak markowski mazurek michalak mroz nawrocki olszewski "
    "ostrowski pawlik pietrzak przybylski rutkowski sadowski sawicki sobczak sokolowski szczepanski szewczyk "
    "tomaszewski tomczak urban urbanski walczyk wasilewski witkowski wlodarczyk wysocki zakrzewski zalewski "
    "zawadzki ziolkowski baciu badea balan barbu bogdan bratu bucur chirila chivu ciobotaru cojocaru coman "
    "cristea dragan dragomir enache ene filip gavrila ghita grigore iacob iancu iordache ilie istrate lungu luca "
    "lupu manea manole marinescu mihai mihalache mocanu moise moldoveanu neagu nechita nedelcu negru nicolae "
    "olaru oprea pavel petcu petre pop roman rotaru sandu sava serban simion stanciu stefan stoian tanase tudor "
    "tudorache ungureanu ursu vasile vlad voicu zaharia";

// Chinese families, from Hong Kong and the mainland.
const char chinese_boys[] =
    "jason ryan lucas ethan kevin ziyi haoran yichen zihan wei jun ming hao yuxuan junjie kai jayden leo oscar "
    "tsz hin lok chun ho wing kit yat long ka chi wai man ken";

// Girls, likewise.
const char chinese_girls[] =
    "emily jessica chloe sophie xinyi yixin yuhan zihan mei ling xin yi yutong ruoxi kexin jia hui siu yan hoi "
    "tung wing sum lok yiu tsz ching ka man grace joy alice hannah";

// Surnames, likewise.
const char chinese_surnames[] =
    "wong chan cheung li chen zhang wang lin tang lau lam ho liu huang ng yip chow leung zhou wu yang xu zhao lee "
    "cheng tsang yeung kwok fung mak lai hui kong yu tse so zhu sun ma he guo gao zheng bai cai cao chang cui dai "
    "deng ding dong du duan fan fang feng fu gong gu guan han hao hou hu jia jiang jin kang lei liang lian liao "
    "long lu luo mao meng mo ni pan peng qi qian qiao qin qiu ren shao shen shi shu song su tan tao tian tong wan "
    "wei wen xia xiang xiao xie xiong xue yan yao ye yi yin you yuan yue zeng zhai zhan zhong zhuang zou zuo au "
    "chau cheuk chui chu hau ip kam kan kwan kwong lui luk man mok ngai poon pun shum sin sze tai to tsui wai yau "
    "yim yuen leong ong teoh toh chin chua chia";

// Nigerian, Ghanaian, Sierra Leonean and Francophone West African families.
const char west_african_boys[] =
    "david daniel emmanuel samuel joshua michael gabriel nathan jeremiah elijah olúwaṣeun ayomide temitope tobi "
    "chukwuemeka chidi kelechi kwame kofi kwabena yaw kojo oluwatobi babatunde adewale femi ayọdélé olamide "
    "obinna ikechukwu nnamdi emeka túndé malachi nathaniel ethan isaac caleb joel josiah mamadou ibrahima ousmane "
    "ebenezer prince";

// Girls, likewise.
const char west_african_girls[] =
    "esther grace sarah elizabeth deborah abigail hannah michelle nicole chloe temiloluwa oluwadamilola ayomide "
    "ifeoluwa fọláṣadé chioma ngọzi adaeze chiamaka akosua abena ama esi akua efua oluwakemi olamide simisola "
    "tiwalade oreoluwa amara zoe naomi princess blessing favour precious aminata fatoumata aissatou mariama nana";

// Surnames, likewise.
const char west_african_surnames[] =
    "mensah owusu boateng osei appiah asante agyemang adeyemi okafor okeke ogunleye adebayo balogun ajayi ọláwálé "
    "eze nwosu oyelaran adekunle afolabi akinola ojo bello lawal yeboah amoah ofori antwi sarpong opoku frimpong "
    "danso acheampong addo quaye johnson williams okoro obi nwankwo chukwu onyekachi oladipo olatunji salami sanni "
    "bakare ogunbanjo bangura kamara sesay conteh jalloh koroma diallo bah camara touré traoré koné achieng aden "
    "adeleke adeniyi adeola adeoye aderibigbe adewale adeyinka adigun adjei afful agbaje aguda aidoo akande "
    "akinyemi akpan alabi alao aliyu amadi amankwah ampofo anane ani aning ankrah asare ashaolu asiedu awuah ayeni "
    "azeez babalola babatunde badmus bamidele banda banjo bediako boadu boakye buba chikwanha dada darko dlamini "
    "donkor dube edusei egbe ekwueme essien ezeh fagbemi famuyiwa fashola folarin gyamfi gyasi gumede hlongwane ibe "
    "idowu igwe ikpe iroegbu jimoh kabamba kalu khumalo kuti kwarteng ladipo makinde manu mbah moyo mukasa musa "
    "mutasa ncube ndlovu nkansah nkrumah nsiah nwachukwu nwokolo nyarko obeng oduya odunsi ofosu ogbonna oguntola "
    "okonkwo okon okonjo olaniyan olawoyin olayinka onuoha onwuka onyango opara otieno owusu-ansah oyedele oyelami "
    "phiri sackey sibanda sithole tawiah tembo tetteh udo uche usman wiafre yakubu zulu";
