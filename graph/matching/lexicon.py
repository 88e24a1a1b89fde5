"""Words in the names of each family of kinds: how they are shortened, which tell little or much.

Which spellings people use of a thing is data and stands in the graph; here is what holds for every
name of a family.
"""

from __future__ import annotations

AREAS = ("lsoa", "msoa", "district", "csp", "police-force-area", "region", "country")
OFFENCES = ("offence", "recorded-offence", "category", "category-2011", "category-2010")
# Kinds whose names follow the same rules; a kind that is not listed has none of its own.
FAMILIES = (
    dict.fromkeys(AREAS, "area")
    | dict.fromkeys(("lsoa", "msoa"), "small-area")
    | {"district": "district", "csp": "csp", "police-force-area": "force-area", "region": "region"}
    | dict.fromkeys(OFFENCES, "offence")
    | {"police-force": "force", "organisation": "organisation", "dataset": "dataset"}
    | {"post": "post"}
)

# Ways to write a word that mean the same wherever they stand.
SAME: dict[str, tuple[str, ...]] = {
    "saint": ("st",),
    "dept": ("department",),
    "govt": ("government",),
    "ministery": ("ministry",),
    "min": ("ministry",),
    "majestys": ("hm",),
    "his": (),
    "her": (),
}
# Counties as they are shortened in addresses.
COUNTIES: dict[str, tuple[str, ...]] = {
    "beds": ("bedfordshire",),
    "berks": ("berkshire",),
    "bucks": ("buckinghamshire",),
    "cambs": ("cambridgeshire",),
    "derbys": ("derbyshire",),
    "glos": ("gloucestershire",),
    "hants": ("hampshire",),
    "herts": ("hertfordshire",),
    "lancs": ("lancashire",),
    "leics": ("leicestershire",),
    "lincs": ("lincolnshire",),
    "northants": ("northamptonshire",),
    "notts": ("nottinghamshire",),
    "oxon": ("oxfordshire",),
    "staffs": ("staffordshire",),
    "warks": ("warwickshire",),
    "wilts": ("wiltshire",),
    "worcs": ("worcestershire",),
    "yorks": ("yorkshire",),
}
COMPASS = {"n": "north", "e": "east", "s": "south", "w": "west"}
SHORT: dict[str, dict[str, tuple[str, ...]]] = {
    "force": COUNTIES | {"met": ("metropolitan",), "gtr": ("greater",)},
    "area": COUNTIES
    | {
        "lb": ("london", "borough"),
        "rb": ("royal", "borough"),
        "ua": ("unitary", "authority"),
        "mbc": ("metropolitan", "borough", "council"),
        "bc": ("borough", "council"),
        "dc": ("district", "council"),
        "cc": ("council",),
        "gtr": ("greater",),
        "met": ("metropolitan",),
        "boro": ("borough",),
        "cncl": ("council",),
    },
    "offence": {
        "stealing": ("theft",),
        "stolen": ("theft",),
        "religiously": ("racially",),
        "racial": ("racially",),
        "religious": ("racially",),
        "rac": ("racially",),
        "rel": ("racially",),
        "racist": ("racially",),
        "attempt": ("attempted",),
        "attempting": ("attempted",),
        "girl": ("female",),
        "woman": ("female",),
        "boy": ("male",),
        "man": ("male",),
        "females": ("female",),
        "males": ("male",),
        "girls": ("female",),
        "women": ("female",),
        "boys": ("male",),
        "men": ("male",),
        "children": ("child",),
        "bike": ("bicycle",),
        "misc": ("miscellaneous",),
        "sex": ("sexual",),
        "vs": ("against",),
        "excl": ("excluding",),
        "incl": ("including",),
        "abh": ("actual", "bodily", "harm"),
        "gbh": ("grievous", "bodily", "harm"),
        "asb": ("anti", "social", "behaviour"),
        "antisocial": ("anti", "social"),
        "tda": ("taking", "and", "driving", "away"),
        "twoc": ("taking", "without", "owners", "consent"),
        "mv": ("motor", "vehicle"),
        "veh": ("vehicle",),
        "poss": ("possession",),
        "posession": ("possession",),
        "pwits": ("possession", "with", "intent", "to", "supply"),
        "prod": ("production",),
        "att": ("attempted",),
        "attempts": ("attempted",),
        "assualt": ("assault",),
        "agg": ("aggravated",),
        "dwell": ("dwelling",),
        "resi": ("residential",),
        "crim": ("criminal",),
        "dam": ("damage",),
        "exc": ("excluding",),
        "exl": ("excluding",),
        "inc": ("including",),
        "bikes": ("bicycle",),
        "bicycles": ("bicycle",),
        "aoabh": ("assault", "occasioning", "actual", "bodily", "harm"),
        "tfmv": ("theft", "from", "motor", "vehicle"),
        "tomv": ("theft", "of", "motor", "vehicle"),
        "botd": ("burglary", "other", "than", "dwelling"),
        "vap": ("violence", "against", "the", "person"),
        "poa": ("public", "order", "act"),
        "sec": ("section",),
        "sect": ("section",),
        "u16": ("under", "16"),
        "u13": ("under", "13"),
    },
    "post": {
        **{f"{rank}s": (rank,) for rank in ("constable", "sergeant", "inspector", "officer")},
        **{f"{rank}s": (rank,) for rank in ("superintendent", "volunteer", "director")},
        "con": ("constable",),
        "const": ("constable",),
        "sgt": ("sergeant",),
        "sgts": ("sergeant",),
        "insp": ("inspector",),
        "supt": ("superintendent",),
        "ch": ("chief",),
        "det": ("detective",),
        "pc": ("police", "constable"),
        "ps": ("police", "sergeant"),
        "cso": ("community", "support", "officer"),
        "pcso": ("police", "community", "support", "officer"),
        "pcsos": ("police", "community", "support", "officer"),
        "dep": ("deputy",),
        "asst": ("assistant",),
        "dir": ("director",),
        "mgr": ("manager",),
        "hr": ("human", "resources"),
    },
}
# Families that shorten words as another does.
AS = dict.fromkeys(("small-area", "district", "csp", "force-area", "region"), "area")
# Words that a name may have or lack and still be the same name.
LINKING = frozenset({"and", "of", "the", "in", "for", "a", "an", "to", "upon", "on"})
COUNCILS = LINKING | (
    {"london", "borough", "royal", "city", "county", "council", "district", "metropolitan"}
    | {"unitary", "authority", "corporation", "cyngor", "sir", "bwrdeistref", "dinas"}
)
PARTNERSHIPS = frozenset({"community", "safety", "partnership", "csp"})
POLICE = frozenset({"police", "constabulary", "service", "force", "forces", "heddlu", "area"})
REGIONS = frozenset({"region", "government", "office"})
WEAK: dict[str, frozenset[str]] = {
    "force": LINKING | POLICE | {"county", "uk"},
    "area": COUNCILS | PARTNERSHIPS | POLICE | REGIONS,
    "small-area": COUNCILS | {"lsoa", "msoa"},
    "district": COUNCILS,
    "csp": COUNCILS | PARTNERSHIPS,
    "force-area": COUNCILS | POLICE,
    "region": COUNCILS - {"london"} | REGIONS,
    "organisation": LINKING | {"ltd", "limited", "plc", "uk", "hm"},
    "offence": LINKING
    | {"offence", "offences", "etc", "or", "by", "crime", "crimes", "on", "aged", "age", "years"}
    | {"year", "involving", "his", "her", "their", "be", "at", "as"}
    | {"relating", "relation", "connected", "associated", "similar", "act", "acts", "law", "laws"},
    "post": LINKING | {"police", "designated"},
    "dataset": LINKING | {"data", "dataset", "table", "tables", "statistics"},
}
# What is left out of a name first; the other weak words only where others are left.
WEAKEST = LINKING | {"police", "constabulary", "service", "force", "heddlu", "council", "cyngor"}
# Welsh names of authorities, which small areas are named after in English only; their own Welsh
# names stand in the graph (the names are those of the Local Government (Wales) Act 1994).
WELSH = {
    "abertawe": "swansea",
    "bro morgannwg": "vale of glamorgan",
    "caerdydd": "cardiff",
    "caerffili": "caerphilly",
    "casnewydd": "newport",
    "castell nedd port talbot": "neath port talbot",
    "merthyr tudful": "merthyr tydfil",
    "pen y bont ar ogwr": "bridgend",
    "sir benfro": "pembrokeshire",
    "sir ddinbych": "denbighshire",
    "sir fynwy": "monmouthshire",
    "sir gaerfyrddin": "carmarthenshire",
    "sir y fflint": "flintshire",
    "wrecsam": "wrexham",
    "ynys mon": "isle of anglesey",
}
# Families of places, where a word that is left over means something else.
WHOLE = {"force", "area", "district", "csp", "force-area", "region"}
STEMMED = {"offence"}  # families whose names say the same word in many forms
TITLES = {"post"}  # families whose names are titles that many have
DESCRIBED = {"offence"}  # kinds that are described in words of one's own, rather than named
ENDINGS = (
    *("ations", "ation", "ances", "ance", "ences", "ence", "ments", "ment", "ings", "ing"),
    *("ions", "ion", "ally", "ies", "ed", "es", "al", "ly", "s", "e", "y"),
)
INITIALS = {"hm", "uk"}  # words that are first letters themselves
# Words that tell two things apart whose names are otherwise alike; so does every number.
TELLING = frozenset(
    {"north", "south", "east", "west", "with", "without", "non", "not", "attempted", "under"}
    | {"over", "male", "female", "other", "old", "new", "inner", "outer", "mid", "serious", "less"}
)
