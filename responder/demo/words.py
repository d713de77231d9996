"""What fills the slots of a sentence, by language."""

LANDMARKS = {
    "en": (
        "the primary school",
        "the secondary school",
        "the covered market",
        "the mosque",
        "the mission church",
        "the old cinema",
        "the bus station",
        "the cashew warehouse",
        "the railway station",
        "the post office",
        "the cotton store",
        "the town hall",
        "the police post",
        "the bakery",
        "the fish market",
        "the teachers' college",
    ),
    "pt": (
        "da escola primária",
        "do mercado",
        "da mesquita",
        "da igreja",
        "do antigo cinema",
        "da estação",
        "da padaria",
        "do posto policial",
        "da fábrica de caju",
    ),
    "es": ("de la escuela", "del mercado", "de la iglesia", "de la estación", "del ayuntamiento"),
    "fr": ("de l'école", "du marché", "de l'église", "de la gare", "de la mairie"),
}
EVENT_TAGS = ("#Sereia", "#CycloneSereia", "#Sereia #flood", "#SereiaExercise")
# Tags of the languages that write the storm's name in their own way.
LOCAL_TAGS = {
    "sw": ("#Sereia", "#KimbungaSereia"),
    "ar": ("#Sereia", "#إعصار_سيرايا"),
    "hi": ("#Sereia", "#सेरेया"),
    "bn": ("#Sereia", "#সেরেইয়া"),
    "zh": ("#Sereia", "#塞雷亚"),
    "ru": ("#Sereia", "#Серея"),
}
EMOJI = {
    "requests_or_urgent_needs": ("🆘", "🙏", "🙏🙏", "😰"),
    "rescue_volunteering_or_donation_effort": ("💪", "🙌", "❤️", "👏"),
    "infrastructure_and_utility_damage": ("😢", "😱", "🌊", "💔"),
    "injured_or_dead_people": ("💔", "😢", "🕊️"),
    "missing_or_found_people": ("🙏", "😢"),
    "displaced_people_and_evacuations": ("🙏", "😔", "🌊"),
    "caution_and_advice": ("⚠️", "🚨", "🌀", "❗"),
    "sympathy_and_support": ("🙏", "❤️", "💔", "🕯️"),
    "other_relevant_information": ("🌧️", "🌀", "👀"),
    "not_humanitarian": ("😂", "🔥", "😅", "💀", "✨"),
}
URL_HOSTS = ("example.org", "example.com", "example.net")
URL_WORDS = ("live", "news", "map", "help", "photo", "update", "list", "video", "give", "desk")
