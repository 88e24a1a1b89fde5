"""The sets that a release has, and what no set has because no fact is at hand for it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from homegraph.graph.iri import CONCEPT, VOCABULARY
from homegraph.graph.linksets.link import Kind
from homegraph.graph.linksets.targets import (
    DATA_GOV_UK,
    GOV_UK,
    ICCS,
    LAW,
    ONS,
    OS,
    TIMES,
    WIKIDATA,
)
from homegraph.graph.terms import CRIME, DCT, FOAF, SEMAPV, SKOS

FORCE, OFFENCE_CLASS = CONCEPT + "police-force/", CONCEPT + "offence-class/"
US = VOCABULARY.removesuffix("/def/")
# How likely a link is to be right: see Kind.
BY_RULE, BY_HAND, BY_OTHERS, BY_NAME = 1.0, 0.9, 0.95, 0.95
SOURCES: dict[str, str] = tomllib.loads(Path(__file__).with_name("sources.toml").read_text("utf-8"))
IS_MATCH = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)

FORCES_WIKIDATA = Kind(
    "forces-wikidata",
    "Police forces to Wikidata",
    "Each police force and its item in Wikidata, as the name suggestion index of OpenStreetMap "
    "pairs them.",
    WIKIDATA,
    (SKOS.exactMatch,),
    SEMAPV.ManualMappingCuration,
    BY_OTHERS,
    SOURCES["names-of-forces"],
    FORCE,
    single=True,
)
FORCES_ONS = Kind(
    "forces-ons",
    "Police forces to the areas of the ONS that they police",
    "Each territorial force and its police force area. They are two things, so that nothing is "
    "said to be the same.",
    ONS,
    (CRIME.policeForceArea,),
    SEMAPV.ManualMappingCuration,
    BY_RULE,
    ONS.homepage,
    FORCE,
    single=True,
)
AREAS_ONS = Kind(
    "areas-ons",
    "Areas to the ONS",
    "Every area that is described here goes by the name that the ONS gives it: its address there "
    "follows from its nine-character code. The links lead from our page of an area to that name.",
    ONS,
    (FOAF.primaryTopic,),
    SEMAPV.LogicalReasoning,
    BY_RULE,
    ONS.homepage,
    adopted=True,
)
AREAS_OS = Kind(
    "areas-os",
    "Districts to Ordnance Survey",
    "Each district of England and Wales of 2017, and the administrative area of Ordnance Survey "
    "that has its name in OS Open Names. The two lists name each district once. Districts that "
    "came later, and areas of other kinds, are not in it. Contains OS data © Crown copyright and "
    "database right 2016.",
    OS,
    (SKOS.exactMatch,),
    SEMAPV.LexicalMatching,
    BY_NAME,
    SOURCES["areas-of-os"],
    ONS.spaces[0],
    table="areas-os.csv",
    single=True,
)
PERIODS_REFERENCE = Kind(
    "periods-reference",
    "Months, quarters and years to reference.data.gov.uk",
    "Every period that is described here goes by the name that reference.data.gov.uk gives it, "
    "which follows from its dates. The links lead from our page of a period to that name.",
    TIMES,
    (FOAF.primaryTopic,),
    SEMAPV.LogicalReasoning,
    BY_RULE,
    SOURCES["uri-patterns"],
    adopted=True,
)
ORGANISATIONS_GOV_UK = Kind(
    "organisations-gov-uk",
    "Organisations to GOV.UK",
    "Every organisation of the government that is described here goes by its address on GOV.UK. "
    "The links lead from our page of an organisation to that name.",
    GOV_UK,
    (FOAF.primaryTopic,),
    SEMAPV.LogicalReasoning,
    BY_RULE,
    GOV_UK.homepage,
    adopted=True,
)
OFFENCES_ICCS = Kind(
    "offences-iccs",
    "Offence groups and sub-groups to the ICCS",
    "Groups and sub-groups of recorded crime, and the categories of the international "
    "classification that they are close to, within, or overlap with. Made by reading both, as no "
    "correspondence of its publisher for England and Wales was at hand. The classification is not "
    "published as linked data, so its categories go by names of ours.",
    ICCS,
    IS_MATCH,
    SEMAPV.ManualMappingCuration,
    BY_HAND,
    US,
)
LEGISLATION = Kind(
    "concepts-legislation",
    "Powers, exemptions and ranks to legislation.gov.uk",
    "Concepts that were made from an Act, and the Act or the section of it: powers to stop and "
    "search, exemptions from the right to information, kinds of force, and ranks.",
    LAW,
    (DCT.source,),
    SEMAPV.ManualMappingCuration,
    BY_HAND,
    US,
    CONCEPT,
)
OFFENCES_LEGISLATION = Kind(
    "offences-legislation",
    "Offence classes to the Acts that courts name",
    "Classes of recorded offences, and the Acts that the courts’ table of Home Office codes names "
    "in them, of those Acts whose number is at hand. Other offences of a class may be under other "
    "Acts.",
    LAW,
    (DCT.references,),
    SEMAPV.ManualMappingCuration,
    BY_HAND,
    SOURCES["courts-codes"],
    OFFENCE_CLASS,
    table="offence-acts.csv",
)
OFFENCES_SECTIONS = Kind(
    "offences-sections",
    "Offence classes to the sections of Acts that the counting rules name",
    "Classes of recorded offences, and the sections of Acts that the Home Office counting rules "
    "name in them, of those parts of the rules that were at hand. Other offences of a class may "
    "be under other sections.",
    LAW,
    (DCT.references,),
    SEMAPV.ManualMappingCuration,
    BY_HAND,
    SOURCES["counting-rules"],
    OFFENCE_CLASS,
    table="offence-sections.csv",
)
DATASETS_DATA_GOV_UK = Kind(
    "datasets-data-gov-uk",
    "Datasets to their records on data.gov.uk",
    "Datasets whose descriptions were taken from data.gov.uk, and the pages of their records "
    "there, whose addresses follow from the identifiers that it gave them.",
    DATA_GOV_UK,
    (FOAF.isPrimaryTopicOf,),
    SEMAPV.LogicalReasoning,
    BY_RULE,
    DATA_GOV_UK.homepage,
    single=True,
)
KINDS = (
    AREAS_ONS,
    AREAS_OS,
    LEGISLATION,
    DATASETS_DATA_GOV_UK,
    FORCES_ONS,
    FORCES_WIKIDATA,
    OFFENCES_ICCS,
    OFFENCES_LEGISLATION,
    OFFENCES_SECTIONS,
    ORGANISATIONS_GOV_UK,
    PERIODS_REFERENCE,
)
# Nothing but these sets says their links.
MADE = (DATASETS_DATA_GOV_UK, *(kind for kind in KINDS if kind.table))
# What one may look for here and not find, and why it is not there.
LEFT_OUT = (
    (
        "Other areas than districts to Ordnance Survey, and districts made since 2017",
        "Its identifiers are numbers of its own, which do not follow from the codes of the ONS, "
        "and no other table that names both was at hand. It has none for the areas of the census, "
        "and its regions are those that elected members to the European Parliament.",
    ),
    (
        "Four forces to Wikidata: Cleveland, Gloucestershire, Northamptonshire, City of London",
        "The list that the other links are from has no item for them.",
    ),
    (
        "Most offences to legislation.gov.uk",
        "Of the counting rules, which name the sections, only parts were at hand. What else names "
        "Acts does so now and then, and mostly without the number that an address is made of.",
    ),
    (
        "Single offences to the ICCS",
        "A correspondence of the UNODC or the ONS for England and Wales was not at hand.",
    ),
    (
        "Datasets loaded from files to data.gov.uk",
        "Only a record that was fetched from data.gov.uk itself is known to be there.",
    ),
)
