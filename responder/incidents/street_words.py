"""Words for kinds of streets, grouped by position: before the street's name or after it.

Each line is one kind with its spellings. Spellings of one kind are equal when two addresses are compared. Words are
normalised by `fold_words`, so accents, vowel points and capitals don't matter.
"""

from responder.privacy.masking.folding import fold_words

_BEFORE = """
street: rua calle rue via viale ул улица улице улицы улицу вул вулиця вулиці вулицю شارع خیابان jalan jl jln ri kalye mtaa οδος οδου
avenue: avenida av avda avenue проспект проспекте просп пр-т λεωφορος λεωφ corso
boulevard: boulevard bd bvd bulevar бульвар бульваре
lane: travessa impasse ruelle allee pasaje callejon vicolo gang gg переулок переулке пер провулок провулку زقاق کوچه
road: estrada carretera chemin route wout шоссе طریق barabara
square: praca plaza place piazza площадь площади площа میدان πλατεια
carrera: carrera cra kra
jiron: jiron jr
"""
_AFTER = """
street: street st caddesi caddesinde cad cd sokak sokakta sokagi sokaginda sok sk strasse str मार्ग सड़क স্ট্রিট সড়ক தெரு வீதி سڑک
road: road rd रोड রোড சாலை روڈ
avenue: avenue ave av
boulevard: boulevard blvd bulvari bulvarinda
lane: lane ln गली লেন গলি گلی
drive: drive
crescent: crescent
"""


def _kinds(lines: str) -> dict[str, str]:
    """Spelling → kind."""
    return {
        spelling: kind
        for kind, _, spellings in (line.partition(":") for line in lines.split("\n"))
        for spelling in fold_words(spellings)
    }


BEFORE, AFTER = _kinds(_BEFORE), _kinds(_AFTER)
# Prepositions that Arabic writes together with the next word: "in the street" is one word.
GLUED = ("و", "ب", "ل", "ف")
# They belong to no street's name, so it ends before them.
NAME_ENDS = fold_words("""
    a at in on near by behind beside opposite and or with is are was has since for from to please help need needs people trapped
    no em na perto com há às precisa precisamos desde ao pessoas sem está estão en cerca con sin necesitamos hay desde necesita personas
    à au près avec besoin pour dans depuis nous il sans est sont
    vicino con serve siamo в на у возле рядом нужна нужна нужен помощь біля поруч потрібна допомога
    في قرب عند من على مع نحن بحاجة محتاج نحتاج یوجد هناك إلى در نزدیک به از است میں پر کے قریب को में पर के पास से में এ তে কাছে
    di dekat butuh tolong kami ada sa malapit kailangan katika karibu tunahitaji nan bo toupre bezwen σε κοντα ve yakininda
""")
# They are left out of a name: "Rua das Flores" and "Rua Flores" are one street.
PARTICLES = fold_words("de da do das dos del la el las los du des le les l d of the della dei di al ال")
MONTHS = fold_words("""
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
""")
FLATS = fold_words("""
    flat apt apartment apto apartamento departamento depto dpto appartement appart interno кв квартира daire شقة واحد فلیٹ फ्लैट ফ্ল্যাট
    室 wohnung unit
""")
BLOCKS = fold_words("block blk bloque bloco korpus корпус корп blok بلوک بلاک ब्लॉक ব্লক")
