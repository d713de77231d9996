"""Words beside numbers: for telephones, counts, money, documents and houses.

Twenty languages, in the spelling that `fold` leaves; those written without spaces are looked for inside words.
"""

from responder.privacy.masking.folding import fold, fold_words

PHONE = fold_words("""
    tel tels telf telp tlf tél telephone telefon telefone telefono teléfono téléphone phone phones fone fono cell cel celular
    cellphone mobile mob mobil móvil movil movel telemóvel portable whatsapp wasap watsap wasapp wsp wa viber imo call calls
    calling ring sms text contact contacts contato contacto contactar contactez kontak kontakt number numbers num numero número
    numéro nomor namba nambari nimewo hotline helpline fax ara liga ligue llama llame llámame llamen marca appelez rele
    piga simu hubungi hub tawag tumawag cp numara numaram iletişim telefonu kontaktnummer mpesa m-pesa
    тел телефон номер звоните звонить позвоните связь вотсап ватсап вайбер дзвоніть зв'язок моб мобильный мобільний
    هاتف تلفون جوال موبايل رقم رقمي اتصل اتصلوا واتساب واتس للتواصل تماس تلفن شماره موبایل واتساپ فون نمبر کال رابطہ موبائل
    واٹس फोन मोबाइल नंबर नम्बर कॉल संपर्क सम्पर्क व्हाट्सएप ফোন মোবাইল নম্বর কল যোগাযোগ হোয়াটসঅ্যাপ
    தொலைபேசி கைபேசி எண் அழைக்கவும் தொடர்பு வாட்ஸ்அப்
""")
PHONE_INSIDE = tuple(fold(one).text for one in "电话 手机 致电 拨打 联系 電話 携帯 連絡先".split())
CURRENCY = fold_words("""
    usd eur gbp mzn mts mt meticais metical dollars dollar euros euro pounds pesos peso soles reais reales rs inr pkr npr bdt lkr
    try tl lira rub руб рублей рубля uah грн гривень гривні idr rp rupiah php tzs tsh kes shillings shilingi htg goud gourdes
    fcfa xaf xof francs birr naira rand zar yen jpy cny rmb yuan دولار ليرة ريال جنيه تومان ریال روپے روپیہ रुपये रुपए रुपैयाँ
    টাকা ரூபாய் 元 万元 円 万円 mxn cop pen brl php ₱ crore lakh million millions millón millones milhões milhão miliar juta
    млн миллионов мільйонів مليون میلیون لاکھ کروڑ लाख करोड़ লাখ লক্ষ কোটি லட்சம் கோடி milyon elfu milioni
""")
CURRENCY_SIGNS = "$€£¥₹₽₴₺৳₨₱₦₩"
COUNTED = fold_words("""
    people names persons person families family houses homes households children kids women men victims survivors dead killed injured
    wounded missing displaced homeless residents inhabitants patients refugees tents blankets beds meals litres liters kits
    boxes bags tonnes tons kg km metres meters m cm mm feet ft miles hectares acres l hours hour hrs days day weeks months years
    minutes mins percent floors rooms schools shelters tweets posts followers views animals cattle cows litros
    personas familias casas niños niñas muertos heridos desaparecidos damnificados habitantes mantas carpas viviendas raciones
    toneladas pisos plantas horas días dias semanas meses años metros kilómetros pessoas famílias crianças mortos feridos desalojados tendas redes anos
    quilómetros personnes familles maisons enfants morts blessés disparus sinistrés tentes repas heures jours semaines mois ans
    mètres kilomètres habitants élèves kişi kisi aile ev çadır battaniye ölü yaralı gün saat metre yıl öğün
    человек людей семей домов детей погибших раненых палаток одеял см сантиметров тонн часов часа дней метров жителей этажей лет
    сімей будинків дітей загиблих поранених наметів ковдр годин днів метрів мешканців поверхів років
    orang jiwa keluarga rumah anak korban tenda selimut jam hari meter tahun lantai warga katao tao pamilya bahay tolda kumot oras
    araw taon pagkain watu familia nyumba watoto hema blanketi saa siku mita miaka moun fanmi kay timoun tant dra èdtan jou mèt
    شخص شخصا أشخاص أفراد طن عائلة أسرة منزل قتيل جريح نازح خيمة بطانية نسمة ساعة يوم متر نفر خانوار خانه کشته زخمی چادر پتو ساعت روز
    لوگ افراد خاندان گھر بچے زخمی خیمے خیمہ गाँव लोग परिवार घर बच्चे मृत घायल तंबू घंटे दिन मीटर जना मानिस पाल
    জন টি মানুষ পরিবার ঘর শিশু তাঁবু ঘণ্টা দিন মিটার பேர் மக்கள் குடும்பங்கள் வீடுகள் கூடாரங்கள் மணி நாட்கள் மீட்டர்
    menschen personen familien kinder häuser zelte betten tote verletzte tage stunden persone famiglie bambini case morti feriti
    letti coperte giorni người hộ căn osób rodzin dzieci domów camas lits camas leitos yatak коек ліжок سرير سريرا تخت بستر बिस्तर
    বিছানা படுக்கைகள் கிமீ किमी কিমি กม
""")
COUNTED_INSIDE = tuple("人 名 户 顶 件 床 张 枚 張 円 元 万 亿 吨 米 公里 世帯 棟 頭".split())
DOCUMENT = fold_words("""
    passport passaporte pasaporte passeport pasaport paspor paspò pasipoti паспорт جواز پاسپورت گذرنامه پاسپورٹ पासपोर्ट राहदानी
    পাসপোর্ট கடவுச்சீட்டு id ids identity bi dni nie cédula cedula curp rfc cpf cnpj rg nuit nib iban account cuenta conta compte
    ssn nin nic nid cnic aadhaar aadhar आधार पैन pan नागरिकता এনআইডি ஆதார் ktp nik kimlik снилс инн іпн kitambulisho nida philsys
    umid nif licence license licencia carnet هوية الهوية ملی شناختی شبا السفر سفر серия серії reisepass personalausweis ausweis passaporto
    documento hộ_chiếu cccd cmnd paszport pesel διαβατήριο 여권 주민등록번호 หนังสือเดินทาง เลขบัตรประชาชน รหัสประจำตัว
""")
NUMBER_SIGN = (
    r"(?:[ .,:#-]{0,3}(?:no|nr|n°|n|num|number|numero|nimewo|namba|na|nomor|blg|card|rakam|номер|№|"
    "رقم|شماره|نمبر|नंबर|नम्बर|संख्या|सं|नं|নং|নম্বর|எண்)"
    r"(?![^\W\d_])[.:#°]{0,2})?[ .,:#-]{0,3}"
)
