"""Words that introduce a person's name, and words that are not names, in twenty languages; `_` means a space.

A name is what follows a cue. In scripts with capital letters it has one, unless somebody gives their own name; in others
it ends at the next word of `NO_NAMES`.
"""

from responder.privacy.masking.folding import fold_words

# Kin, and titles: the name follows at once, or after a word such as “my”.
KIN = fold_words("""
    sister brother mother father mum mom dad son daughter wife husband uncle aunt cousin grandmother grandfather grandma grandpa
    nephew niece friend neighbor neighbour colleague mr mrs ms ask_for speak_to contact_person
    irmã irmão mãe pai filho filha esposa marido tio tia primo prima avó avô sobrinho sobrinha amigo amiga vizinho vizinha dona
    hermano hermana madre padre mamá papá hijo hija mujer esposo abuelo abuela sobrino sobrina vecino vecina sr sra srta doña señor señora
    sœur soeur frère mère père fils fille femme mari oncle tante cousine grand-mère grand-père voisin voisine ami amie mme mlle
    oğlum kızım annem babam kardeşim abim ablam eşim kocam karım dedem ninem teyzem halam amcam dayım kuzenim arkadaşım komşum
    сын сына дочь дочку дочери мама маму мать отец отца папа папу брат брата сестра сестру муж мужа жена жену бабушка бабушку
    дедушка дедушку дед тетя тётя дядя внук внучка друг подруга сосед соседка
    син сина дочка донька доньку мати тато батько брат сестра чоловік чоловіка дружина дружину бабуся бабусю дідусь онук онука
    подруга сусід сусідка тітка дядько
    anak_saya ibu_saya ayah_saya bapak_saya adik_saya kakak_saya suami_saya istri_saya nenek_saya kakek_saya paman_saya bibi_saya
    teman_saya tetangga_saya anakku ibuku ayahku adikku kakakku suamiku istriku bapak ibu pak
    ko_si kong_si namin_si naming_si po_si ako_si nawawala_si nawawalang_si hinahanap_si
    mwanangu dada_yangu kaka_yangu mama_yangu baba_yangu mke_wangu mume_wangu bibi_yangu babu_yangu rafiki_yangu jirani_yangu
    mtoto_wangu mjomba_wangu shangazi_yangu ndugu_yangu
    pitit_mwen sè_m sè_mwen frè_m frè_mwen manman_m manman_mwen papa_m papa_mwen mari_m madanm_mwen zanmi_m kouzen_m
    ابني ابنتي بنتي اخي أختي امي أبي والدي والدتي زوجي زوجتي عمي عمتي خالتي جدي جدتي صديقي صديقتي جارتي طفلي طفلتي
    المفقود المفقودة المفقودون السيد السيدة
    پسرم دخترم مادرم پدرم برادرم خواهرم همسرم شوهرم عمویم دوستم همسایه‌ام مادربزرگم پدربزرگم آقای خانم
    میرا_بیٹا میرے_بیٹے میری_بیٹی میری_بہن میرا_بھائی میرے_بھائی میرے_والد میری_والدہ میری_ماں میری_امی میرے_ابو میرے_شوہر
    میری_بیوی میرے_دادا میری_دادی میرا_دوست میرے_دوست
    मेरा_बेटा मेरे_बेटे मेरी_बेटी मेरी_बहन मेरा_भाई मेरे_भाई मेरे_पिता मेरी_माँ मेरी_मां मेरी_माता मेरे_पति मेरी_पत्नी मेरे_दादा
    मेरी_दादी मेरा_दोस्त मेरे_चाचा मेरी_चाची मेरे_पापा मेरी_मम्मी श्री श्रीमती
    मेरो_छोरा मेरो_छोरो मेरी_छोरी मेरो_भाइ मेरो_दाइ मेरी_दिदी मेरी_बहिनी मेरी_आमा मेरो_बुवा मेरो_बाबा मेरो_श्रीमान मेरी_श्रीमती मेरो_साथी
    আমার_ছেলে আমার_মেয়ে আমার_ভাই আমার_বোন আমার_মা আমার_বাবা আমার_স্বামী আমার_স্ত্রী আমার_দাদা আমার_দাদি আমার_চাচা আমার_বন্ধু
    என்_மகன் என்_மகள் என்_அம்மா என்_அப்பா என்_தம்பி என்_தங்கை என்_அண்ணன் என்_அக்கா என்_கணவர் என்_மனைவி என்_பாட்டி என்_தாத்தா
    என்_நண்பர் எனது_மகன் எனது_மகள் எனது_அம்மா எனது_அப்பா
    huling_nakita_si hinahanap_si mein_sohn meine_tochter mein_bruder meine_schwester meine_mutter mein_vater meine_oma mein_opa frau herr
    mio_figlio mia_figlia mio_padre mia_madre mio_fratello mia_sorella mio_nonno mia_nonna mój_syn moja_córka pani pan
    mijn_zoon mijn_dochter mijn_broer mijn_zus mevrouw con_tôi mẹ_tôi bố_tôi chị_tôi anh_tôi bà_tôi
""")
# Somebody gives their own name: it follows in any case.
OWN = fold_words("""
    my_name_is my_name's mi_nombre_es me_llamo meu_nome_é me_chamo chamo-me m'appelle mon_nom_est mi_chiamo benim_adım benim_ismim
    меня_зовут мене_звати мене_звуть nama_saya nama_saya_adalah namaku pangalan_ko_ay jina_langu_ni naitwa non_mwen_se mwen_rele
    ich_heiße mein_name_ist il_mio_nome_è tên_tôi_là tôi_tên_là nazywam_się mam_na_imię με_λένε ονομάζομαι mijn_naam_is ik_heet mă_numesc
""")
# Somebody's name is given.
CALLED = fold_words("""
    name_is named name's names_are called nombre_es nome_é chamado chamada se_chama chama-se llamado llamada se_llama s'appelle
    nommé nommée nom_est moi_c'est heiße adım ismim зовут звати звуть pangalan_niya_ay jina_lake_ni anaitwa rele_m non_li_se li_rele
    اسمي اسمه اسمها يدعى تدعى اسم_من نام_من اسمش به_نام نامش میرا_نام ان_کا_نام اس_کا_نام मेरा_नाम उसका_नाम उनका_नाम मेरो_नाम
    उसको_नाम আমার_নাম তার_নাম என்_பெயர் எனது_பெயர் அவர்_பெயர்
""")
# After these a colon must follow, as in “name:”; and in “missing:”, after which one word alone may be a thing.
LABELS = fold_words("""
    name nome nombre nom имя ім'я nama jina pangalan isim ad adı non contact contacto contato الاسم نام नाम নাম பெயர்
""")
MISSING = fold_words("""
    missing missing_person desaparecido desaparecida disparu disparue kayıp пропал пропала пропав зник зникла hilang nawawala amepotea
    pèdi مفقود مفقودة لاپتہ گمشدہ लापता हराएको हराएकी নিখোঁজ காணவில்லை
    last_seen visto_por_última_vez vista_por_última_vez vu_pour_la_dernière_fois vue_pour_la_dernière_fois visto_pela_última_vez
    vista_pela_última_vez zuletzt_gesehen vermisst vermisste vermisster scomparso scomparsa disperso dispersa disparèt zaginął zaginęła
    zaginiony zaginiona vermist mất_tích αγνοείται dispărut dispărută haber_alamıyoruz haber_alınamıyor son_görülen aranan aranıyor
    terakhir_terlihat huling_nakita последний_раз_видели востаннє_бачили пропавший пропавшая зниклий گم_شده گمشده گم_شد گمشدہ_شخص
    गुमशुदा लापता_व्यक्ति हराएका बेपत्ता হারানো காணாமல்_போனவர் شوهد_آخر_مرة شوهدت_آخر_مرة اسم_المفقود
""")
# “I am”: only a word in capitalised form can be a name then, and often is none.
WEAK = fold_words("""
    i_am i'm im eu_sou sou soy je_suis ich_bin ben saya mimi_ni mwen_se я aquí_habla habla aqui_fala fala fala_a aqui_é
""")
# “This is”: somebody speaks only where one of these follows.
PRESENTED = "this is"
SPEAKING = fold_words("speaking here calling from")
TITLES = fold_words("mr mrs ms sr sra srta mme mlle д г")
# Somebody, or something, is looked for: it takes two words to be a name.
SOUGHT = fold_words("""
    looking_for searching_for have_you_seen anyone_seen procuro procura-se procuramos alguém_viu desaparecido desaparecida busco_a
    buscamos_a se_busca_a han_visto_a recherche cherche avez-vous_vu on_cherche ищем ищу разыскивается шукаємо шукаю розшукується
    mencari dicari aranıyor arıyoruz hinahanap_ko hinahanap_namin tunamtafuta chèche
    anyone_heard_from heard_from no_news_of no_news_from lost_contact_with last_seen the_search_for
    sin_noticias_de nada_de última_vez_a se_busca desapareció sem_notícias_de sem_notícias_da sem_notícias_do à_procura_de desapareceu
    sans_nouvelles_de aucune_nouvelle_de à_la_recherche_de nous_cherchons disparu disparue avis_de_recherche
    пропал пропала пропали потерялся потерялась последний_раз_видели вестей_от помогите_найти зник зникла зникли востаннє_бачили
    звісток_від допоможіть_знайти kayıp hilang kabar_dari namtafuta amepotea habari_za disparèt nouvèl
    wir_suchen ich_suche suche gesucht vermisst vermisse vermissen zuletzt_gesehen kontakt_zu cerchiamo cerco scomparso scomparsa
    disperso dispersa notizie_di szukamy szukam zaginął zaginęła poszukiwany poszukiwana tìm_người tìm_kiếm mất_tích ψάχνουμε αγνοείται
    wij_zoeken vermist
""")
# Scripts without capitals: the words around the name on both sides say that it is one.
ENCLOSED = {
    next(iter(fold_words(before))): fold_words(after)
    for before, after in {"मैं": "हूँ हूं", "من": "هستم", "میں": "ہوں", "म": "हुँ हुं"}.items()
}
# Between the cue and the name nothing but these.
FILLERS = fold_words("""
    my our his her the missing named called o a um uma meu minha mi mon ma de is é a_nossa nosso nossa el la es mein elderly old
    little young dear name's bilang ay ni se si adalah это є هو هي
""")
WEAK_FILLERS = fold_words("o el la")
# What is looked for, or unheard of, is a place where its name begins with one of these.
PLACE_STARTS = fold_words("""
    san santa santo são sao saint sainte st ste port porto puerto nova novo nova nueva nuevo new north south east west upper lower
    old los las les la le cap cape cabo mount monte mont villa vila ville fort lake lago lac rio río ilha isla île kota pulau teluk
    desa kampung barangay brgy bandar tanjung addis bad
""")
PARTICLES = fold_words("da das do dos de del dela della van von bin bint ibn al el e y la los der ben abu")
YEARS = r"(?:years?|yrs?|yo|y/o|anos|años|ans|лет|год[а]?|рок(?:и|ів)|tahun|taong|miaka|ane?|lane|yaş\w*|साल|वर्ष|বছর|வயது|سنة|عاما|سال)"
NO_NAMES = fold_words("""
    the this that our my his her their please help water food boat boats rescue shelter medical medicine volunteer volunteers
    donation donations clothes blankets doctor doctors nurse ambulance power fuel hospital school church bridge road street river
    market station airport port in at on near from to and or since last aged age wearing she he we they it i red cross police army
    government people children families survivor survivors victim victims information news update updates not no safe fine ok here
    sorry trapped stuck alive with for of is are was has have needs need who who's where when but so cyclone hurricane typhoon flood
    floods storm earthquake breaking live day trapped is an a all very still going looking trying asking happy sad thankful
    president presidente président governor governador gobernador minister ministro mayor alcalde scared alone urgent sos still also just now today tonight because if then your you me us him them what how why
    este esta estes estas esse essa isto isso ese eso esto cet cette ce ces em na os as um uma el la los las le les un une en dans água comida ajuda socorro agua ayuda eau secours aide tenho estou
    preciso precisa está estão tem que com para por mas está não sem de do da no se su con pero por está están tengo estoy necesito
    necesita necesitamos y o que vivo soy sin urgente favor gracias et ou est sont avec pour mais pas sans dans il elle nous vous
    je j'ai suis besoin merci urgence médecin infirmier infirmière enfermeira enfermeiro enfermera enfermero médico médica
    ve ile bir bu çok var yok lazım yardım edin su ekmek hasta iyiyim burada acil kayıp için da de mi enkaz hastanede askerde
    и в во на с со у из из-за не нет нужна нужен нужно нужны вода помощь помогите это мы вы он она они где кто был была мне нам
    срочно дом больница врач жив жива пожалуйста а но что как по до от для за под
    і й в у з зі на не немає потрібна потрібен потрібно потрібні вода допомога допоможіть це ми ви він вона вони де хто був була
    терміново будинок лікарня лікар лікарка будь та але що як до від для за під
    di ke dari dan yang butuh perlu air tolong bantuan kami saya ini itu ada tidak sudah belum di sakit demam relawan perawat dokter
    hilang anak ibu bapak ayah rumah dengan untuk
    ang ng sa mga ay na po kailangan tubig tulong kami ako siya nasa may wala at o para nars doktor
    na wa ya kwa ni yuko wako tunahitaji nahitaji anahitaji maji msaada hapa pale katika mimi sisi yeye daktari muuguzi mkazi
    amepotea hospitali ana wana tuko niko
    ak nan pou ki li nou m mwen se bezwen dlo èd tanpri kay lopital pèdi gen lafyèv doktè enfimyè sou
    في من على مع عند منذ عن وعن ومن وفي ومع الى إلى حتى تحت فوق بين وراء خلف قرب أمام داخل خارج هنا هناك هو هي هم نحن أنا انا وأنا ومعي معي لم لا ما قد
    كان كانت ليس مفقود مفقودة عالق عالقة مريض مريضة مصاب مصابة جريح جريحة ميت ماتت مات توفي توفيت استشهد وحده وحدها بحاجة بخير
    ماء خبز طعام دواء حليب خيمة خيام متطوعين طبيب طبيبة دم مساعدة الآن اليوم أمس الأمس عمره عمرها يبلغ الصغير الصغيرة الكبير الكبيرة
    المريض المريضة و او أو التي الذي هذا هذه لديها لديه عنده عندها فقد خرج ذهب لكن كل كلنا غرق
    در به از با که را و یا تا بر زیر روی برای هم است هستم هستیم هست نیست بود شد شده می گم مفقود بیمار تب دارد ندارد دارم دارو لازم نیاز
    مانده خوب زخمی زنده اینجا آنجا کمک آب نان غذا چادر پزشک پرستار امدادگر سالم نگران باشید خانه بیمارستان مدرسه ساختمان حال حالش دیشب
    دیروز امروز فوت کرد رفت کجاست ساله نیستم می‌گردیم می‌گردم هستید
    ہے ہیں ہوں تھا تھی تھے کو کا کی کے میں سے پر نے اور لاپتہ بیمار زخمی ہسپتال گھر چل نہیں نہ اب یہاں وہاں ٹھیک پانی کھانا دوا مدد چاہیے
    کل آج ہم وہ یہ بھی بہت گم پھنسا پھنسی پھنسے ڈاکٹر نرس اسکول سکول دودھ زندہ بخار جو مر گیا گئی ہو رہا رہی
    है हैं हूँ हूं था थी थे को का की के में से पर ने और लापता बीमार घायल अस्पताल घर चल नहीं न अब यहाँ यहां वहाँ ठीक पानी खाना दवा मदद चाहिए
    कल आज हम वह यह भी बहुत गुम फंसा फंसी फंसे डॉक्टर नर्स स्कूल दूध जिंदा बुखार जो मर गया गई हो रहा रही अकेला अकेली भूखा
    हो छ छन् छौं छु हुँ थियो लाई को का की ले मा देखि बाट र पनि बिरामी घाइते अस्पताल घर हराएको हराएकी पुरिएको पुरिएकी चाहियो पानी खाना औषधि
    सहयोग हामी ऊ यो त्यो यहाँ त्यहाँ ठिक डाक्टर नर्स हिजो हिजोदेखि आज हिँड्न सक्दैन सक्दिनन् मरेको कहाँ
    আছে আছি আছেন ছিল ছিলেন নেই না ও এবং থেকে জন্য কে কাছে নিখোঁজ অসুস্থ আহত হাসপাতালে হাসপাতাল বাড়ি এখানে ওখানে পানি খাবার ওষুধ সাহায্য দরকার
    চায় চাই আমরা আমি সে তিনি এই সেই গতকাল আজ খুব ডাক্তার নার্স স্কুল দুধ জ্বরে জ্বর ভুগছে হাঁটতে পারেন পারে মারা গেছে গেছেন আটকা একা ভালো বাঁচান
    இல்லை உள்ளது உள்ளார் நாங்கள் நான் அவர் அவன் அவள் மற்றும் காணவில்லை காய்ச்சல் மருத்துவமனை மருந்து தண்ணீர் உணவு உதவி தேவை வேண்டும் நடக்க
    முடியாது நேற்று இன்று முதல் இங்கே அங்கே மிகவும் வீடு பள்ளி படகு ஒரு எங்கே இறந்து காயம் சிக்கி நலமாக நோய் உடல்நலம்
    person persons alert report wasser decken freiwillige helfer zelte essen strom hilfe nachrichten medikamente ärzte boote
    nach mit und oder der die das ein eine werden wurde sind ist hier acqua coperte cibo medici volontari woda jedzenie pomoc
""")
# Names that the rules for verbs and for places would otherwise take for those.
NAMES_STILL = fold_words("""
    ana may mimi yuko dan kay nan will mari niko mark grace hope faith joy rose
    يوسف ياسر يحيى ياسين يعقوب يونس ياسمين يسرى تامر توفيق تهاني تسنيم تقى تيسير تركي सीमा उमा रमा प्रतिमा करिमा फातिमा அனில் செந்தில்
    সালে রাসেল সোহেল
""")
# Arabic verbs of he and she; “in” as it is joined to a place's name in Nepali, Bengali, Tamil and Turkish.
VERB_OR_PLACE = r"[یت]\w{3,}(?<=[\u0600-\u06ff])|.{4,}मा|.{2,}(?:[েে]|ায়|তে)|.{2,}(?:ில்|ிலிருந்து)|.+'[dt][ae]n?"
SURNAMES = (
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂苏蘇"
    "卢盧蒋蔣蔡贾賈丁魏薛叶葉阎余潘杜戴夏钟鍾汪田任姜范方石姚谭廖邹熊金陆陸郝孔白崔康毛邱秦江史顾侯邵孟龙龍万段雷钱汤尹黎易常武乔贺赖龚文"
)
