"""Closed vocabularies: a term that is not listed here cannot be said, and mypy says so."""

from __future__ import annotations

import re

from pyoxigraph import NamedNode

CODED = re.compile("^(obsStatus|confStatus|sex)_")  # SDMX codes have a hyphen in their names


class Terms:
    """Subclass with annotations only; each becomes the IRI of that local name.

    A trailing underscore is dropped, for names that are Python keywords.

    >>> class EX(Terms, iri="http://example.org/def#"):
    ...     Incident: NamedNode  # Something the police recorded.
    >>> EX.Incident.value
    'http://example.org/def#Incident'
    """

    iri: str

    def __init_subclass__(cls, *, iri: str) -> None:
        cls.iri = iri
        for name in cls.__annotations__:
            local = CODED.sub(r"\1-", name.rstrip("_"))
            setattr(cls, name, NamedNode(iri + local))


class CRIME(Terms, iri="https://w3id.org/homegraph/def/crime#"):
    """Our words for recorded crime: ontologies/crime.ttl."""

    Incident: NamedNode  # What the police recorded and published: one row of one file.
    MapPoint: NamedNode  # The anonymised point an incident is shown at.
    PoliceForce: NamedNode  # A police force, distinct from the area it polices.
    Slice: NamedNode  # One force's file for one month.
    category: NamedNode  # What kind of crime, as a concept.
    month: NamedNode  # The month it was recorded in; the source gives no day.
    force: NamedNode  # The force that reported it.
    fallsWithin: NamedNode  # The force that has the crime, where it is not the one that reported.
    mapPoint: NamedNode  # The anonymised point it is shown at.
    lsoa: NamedNode  # The lower layer super output area that a map point lies in.
    lsoaVintage: NamedNode  # The census whose areas a slice's codes come from.
    outcome: NamedNode  # The last outcome known when the file was made.
    crimeId: NamedNode  # The publisher's identifier; neither always there nor unique.
    context: NamedNode  # The publisher's remark on an incident.
    policeForceArea: NamedNode  # The area a territorial force polices.
    incidentCount: NamedNode  # Number of incidents in a slice: rows of its file.
    OutcomeRecord: NamedNode  # What was decided in one case: one row of an outcomes file.
    OutcomeSlice: NamedNode  # One force's file of outcomes for one month.
    outcomeType: NamedNode  # What was decided, as a concept.
    outcomeMonth: NamedNode  # The month in which it was decided.
    outcomeForce: NamedNode  # The force that reported the outcome.
    outcomePoint: NamedNode  # The anonymised point the case is shown at.
    outcomeCount: NamedNode  # Number of outcome records in a slice: rows of its file.
    StopAndSearch: NamedNode  # Something the police stopped and searched: one row of one file.
    SearchSlice: NamedNode  # One force's file of searches for one month.
    searchedBy: NamedNode  # The force that made a search.
    searchMonth: NamedNode  # The month whose file a search stands in.
    searchTime: NamedNode  # When a search was made.
    searchType: NamedNode  # Whether a person, a vehicle or both were searched.
    searchObject: NamedNode  # What the police looked for.
    searchOutcome: NamedNode  # What the police did after a search.
    outcomeLinked: NamedNode  # Whether the outcome had to do with what was looked for.
    searchLegislation: NamedNode  # The section of the law that a search was made under.
    partOfOperation: NamedNode  # Whether a search was part of an operation.
    operation: NamedNode  # The name of that operation.
    searchPoint: NamedNode  # The anonymised point a search is shown at.
    gender: NamedNode  # Gender of the person searched, as recorded.
    ageRange: NamedNode  # Age of the person searched, in ranges.
    selfDefinedEthnicity: NamedNode  # How the person searched describes their ethnicity.
    officerDefinedEthnicity: NamedNode  # How the officer saw that person's ethnicity.
    outerClothingRemoved: NamedNode  # Whether more than outer clothing was removed.
    searchCount: NamedNode  # Number of searches in a slice: rows of its file.


class ASSET(Terms, iri="https://w3id.org/homegraph/def/asset#"):
    """Our words for the information asset register: ontologies/asset.ttl."""

    InformationAsset: NamedNode  # A body of information managed as one unit, published or not.
    PrivacyImpactAssessment: NamedNode  # What an asset means for the privacy of the people in it.
    AccessRequest: NamedNode  # One logged request to use an asset; never names a person.
    alternativeIdentifier: NamedNode  # A number it has elsewhere than in the register.
    origin: NamedNode  # Where the information comes from, in words.
    carrier: NamedNode  # What holds it when it is not a file: database or paper.
    category: NamedNode  # The heading of the Government Category List it falls under.
    owner: NamedNode  # The post that answers for the asset; never a person.
    seniorInformationRiskOwner: NamedNode  # The board-level post that answers for information risk.
    businessUnit: NamedNode  # The part of the organisation whose business the asset serves.
    classification: NamedNode  # The security classification under the scheme of 2014.
    originalMarking: NamedNode  # The marking letter for letter as the register gives it.
    holdsPersonalData: NamedNode  # Whether living people can be identified from it.
    privacyImpactAssessment: NamedNode  # The privacy impact assessment made of the asset.
    assessmentStatus: NamedNode  # How far the privacy impact assessment has come.
    retention: NamedNode  # How long it is kept and what happens then, in words.
    location: NamedNode  # The system, repository or store it is kept in, in words.
    vitalRecord: NamedNode  # Whether the business could not resume without it.
    riskReviewed: NamedNode  # The day the risks to it were last reviewed.
    reviewDue: NamedNode  # The day the next review is due.
    publicationDecision: NamedNode  # What was decided about publishing it.
    decisionReason: NamedNode  # Why it was decided so.
    exemption: NamedNode  # The Freedom of Information exemption that allows it.
    signedOffBy: NamedNode  # The post that signed its publication off; never a person.
    signedOff: NamedNode  # The day its publication was signed off.
    firstPublished: NamedNode  # When data from it was first published: year, month or day.
    plannedRelease: NamedNode  # When publication is planned, in the words of the plan.
    publishedAs: NamedNode  # A dataset, page or service through which it is published.
    accessRequest: NamedNode  # A request to use the asset.
    received: NamedNode  # When the request was received: year, month or day.
    requesterKind: NamedNode  # What kind of body or person asked; never a name.
    accessOutcome: NamedNode  # What was decided on the request.
    lastAssessment: NamedNode  # The day of the owner's last annual assessment.
    assessmentDue: NamedNode  # The day the next annual assessment is due.
    maturityLevel: NamedNode  # The level of assurance found at the last assessment.
    illustrativeField: NamedNode  # The heading of a column that holds an illustration, not a fact.
    sourceDocument: NamedNode  # The document and section the entry was made from.


class ORGANOGRAM(Terms, iri="https://w3id.org/homegraph/def/organogram#"):
    """Our words for the organograms of public bodies: ontologies/organogram.ttl."""

    StaffGroup: NamedNode  # Junior posts of one grade in one unit, under one senior post.
    staffOf: NamedNode  # The senior post that a group of staff reports to.
    grade: NamedNode  # The grade of a post or group, as the file has it.
    fullTimeEquivalent: NamedNode  # How many posts of full time a group comes to.
    asAt: NamedNode  # The day that an organogram shows.


class SPEND(Terms, iri="https://w3id.org/homegraph/def/spend#"):
    """Our words for the payments of public bodies: ontologies/spend.ttl."""

    Payment: NamedNode  # What a public body paid: one row of one file.
    Supplier: NamedNode  # A body that was paid, as the payer names it.
    payer: NamedNode  # The public body that paid.
    payee: NamedNode  # The supplier that was paid; none where it may be a person.
    amount: NamedNode  # The amount in pounds, as published.
    category: NamedNode  # What it was paid for, in the payer's words.
    department: NamedNode  # The part of the payer that paid, in its words.


class RDF(Terms, iri="http://www.w3.org/1999/02/22-rdf-syntax-ns#"):
    """RDF 1.1."""

    type: NamedNode
    Property: NamedNode
    first: NamedNode
    rest: NamedNode
    nil: NamedNode


class RDFS(Terms, iri="http://www.w3.org/2000/01/rdf-schema#"):
    """RDF Schema 1.1."""

    label: NamedNode
    comment: NamedNode
    seeAlso: NamedNode
    isDefinedBy: NamedNode
    Class: NamedNode
    Resource: NamedNode
    range: NamedNode


class OWL(Terms, iri="http://www.w3.org/2002/07/owl#"):
    """OWL 2."""

    Ontology: NamedNode
    Class: NamedNode
    ObjectProperty: NamedNode
    DatatypeProperty: NamedNode
    AnnotationProperty: NamedNode
    sameAs: NamedNode
    inverseOf: NamedNode
    versionInfo: NamedNode
    Axiom: NamedNode
    annotatedSource: NamedNode
    annotatedProperty: NamedNode
    annotatedTarget: NamedNode


class XSD(Terms, iri="http://www.w3.org/2001/XMLSchema#"):
    """XML Schema datatypes."""

    string: NamedNode
    boolean: NamedNode
    integer: NamedNode
    nonNegativeInteger: NamedNode
    positiveInteger: NamedNode
    decimal: NamedNode
    date: NamedNode
    dateTime: NamedNode
    gYear: NamedNode
    gYearMonth: NamedNode
    anyURI: NamedNode
    hexBinary: NamedNode
    duration: NamedNode


class SKOS(Terms, iri="http://www.w3.org/2004/02/skos/core#"):
    """SKOS."""

    Concept: NamedNode
    ConceptScheme: NamedNode
    prefLabel: NamedNode
    altLabel: NamedNode
    hiddenLabel: NamedNode
    notation: NamedNode
    definition: NamedNode
    note: NamedNode
    inScheme: NamedNode
    topConceptOf: NamedNode
    hasTopConcept: NamedNode
    broader: NamedNode
    narrower: NamedNode
    Collection: NamedNode
    member: NamedNode
    exactMatch: NamedNode
    closeMatch: NamedNode
    broadMatch: NamedNode
    narrowMatch: NamedNode
    relatedMatch: NamedNode
    related: NamedNode


class PLACE(Terms, iri="https://w3id.org/homegraph/def/geography#"):
    """Our words for statistical areas: ontologies/geography.ttl."""

    Area: NamedNode  # An area with a nine-character ONS code.
    LowerLayerSuperOutputArea: NamedNode
    MiddleLayerSuperOutputArea: NamedNode
    District: NamedNode  # A local authority district.
    CommunitySafetyPartnership: NamedNode  # The area of one.
    PoliceForceArea: NamedNode
    Region: NamedNode
    Country: NamedNode
    vintage: NamedNode  # A year in whose set of areas the code stands.
    msoa: NamedNode  # The larger areas that an area lies in, by kind.
    district: NamedNode
    communitySafetyPartnership: NamedNode
    policeForceArea: NamedNode
    region: NamedNode
    country: NamedNode
    partlyIn: NamedNode  # A larger area that only a part of an area lies in.
    Change: NamedNode  # That an area was replaced by another, with who says so.
    oldArea: NamedNode
    newArea: NamedNode


class XKOS(Terms, iri="http://rdf-vocabulary.ddialliance.org/xkos#"):
    """XKOS: levels of classifications, and correspondences between them."""

    ClassificationLevel: NamedNode
    Correspondence: NamedNode
    ConceptAssociation: NamedNode
    levels: NamedNode
    numberOfLevels: NamedNode
    depth: NamedNode
    follows: NamedNode
    compares: NamedNode
    madeOf: NamedNode
    sourceConcept: NamedNode
    targetConcept: NamedNode


class DCT(Terms, iri="http://purl.org/dc/terms/"):
    """DCMI metadata terms."""

    title: NamedNode
    alternative: NamedNode
    description: NamedNode
    identifier: NamedNode
    publisher: NamedNode
    creator: NamedNode
    source: NamedNode
    license: NamedNode
    rights: NamedNode
    RightsStatement: NamedNode
    LicenseDocument: NamedNode
    accessRights: NamedNode
    issued: NamedNode
    modified: NamedNode
    created: NamedNode
    language: NamedNode
    LinguisticSystem: NamedNode
    subject: NamedNode
    spatial: NamedNode
    Location: NamedNode
    temporal: NamedNode
    PeriodOfTime: NamedNode
    accrualPeriodicity: NamedNode
    Frequency: NamedNode
    format: NamedNode
    MediaType: NamedNode
    MediaTypeOrExtent: NamedNode
    type: NamedNode
    relation: NamedNode
    conformsTo: NamedNode
    Standard: NamedNode
    isPartOf: NamedNode
    hasPart: NamedNode
    references: NamedNode
    provenance: NamedNode
    extent: NamedNode
    isReplacedBy: NamedNode
    hasFormat: NamedNode


class DCAT(Terms, iri="http://www.w3.org/ns/dcat#"):
    """DCAT 3; rdflib's list stops at DCAT 2."""

    Catalog: NamedNode
    Dataset: NamedNode
    DatasetSeries: NamedNode
    Distribution: NamedNode
    DataService: NamedNode
    CatalogRecord: NamedNode
    dataset: NamedNode
    service: NamedNode
    record: NamedNode
    distribution: NamedNode
    accessURL: NamedNode
    downloadURL: NamedNode
    accessService: NamedNode
    endpointURL: NamedNode
    endpointDescription: NamedNode
    servesDataset: NamedNode
    mediaType: NamedNode
    compressFormat: NamedNode
    byteSize: NamedNode
    contactPoint: NamedNode
    keyword: NamedNode
    theme: NamedNode
    themeTaxonomy: NamedNode
    landingPage: NamedNode
    version: NamedNode
    hasVersion: NamedNode
    hasCurrentVersion: NamedNode
    isVersionOf: NamedNode
    previousVersion: NamedNode
    temporalResolution: NamedNode
    startDate: NamedNode
    endDate: NamedNode
    bbox: NamedNode
    centroid: NamedNode
    inSeries: NamedNode


class FOAF(Terms, iri="http://xmlns.com/foaf/0.1/"):
    """FOAF."""

    Agent: NamedNode
    Organization: NamedNode
    Document: NamedNode
    name: NamedNode
    page: NamedNode
    homepage: NamedNode
    mbox: NamedNode
    primaryTopic: NamedNode
    isPrimaryTopicOf: NamedNode


class HYDRA(Terms, iri="http://www.w3.org/ns/hydra/core#"):
    """Hydra: pages of a list. Harvesters know its words of today, or those it had before."""

    PartialCollectionView: NamedNode
    PagedCollection: NamedNode  # what a view was called before
    totalItems: NamedNode
    itemsPerPage: NamedNode  # of before
    first: NamedNode
    previous: NamedNode
    next: NamedNode
    last: NamedNode
    firstPage: NamedNode  # of before, as the next three
    previousPage: NamedNode
    nextPage: NamedNode
    lastPage: NamedNode


class VCARD(Terms, iri="http://www.w3.org/2006/vcard/ns#"):
    """vCard."""

    Kind: NamedNode
    Organization: NamedNode
    fn: NamedNode
    hasEmail: NamedNode
    hasTelephone: NamedNode
    hasURL: NamedNode


class ORG(Terms, iri="http://www.w3.org/ns/org#"):
    """The Organization ontology."""

    Organization: NamedNode
    FormalOrganization: NamedNode
    OrganizationalUnit: NamedNode
    Post: NamedNode
    postIn: NamedNode
    reportsTo: NamedNode
    unitOf: NamedNode
    subOrganizationOf: NamedNode
    classification: NamedNode
    identifier: NamedNode


class PROV(Terms, iri="http://www.w3.org/ns/prov#"):
    """PROV-O."""

    Entity: NamedNode
    Activity: NamedNode
    wasDerivedFrom: NamedNode
    wasGeneratedBy: NamedNode
    wasAttributedTo: NamedNode
    used: NamedNode
    value: NamedNode
    atLocation: NamedNode
    SoftwareAgent: NamedNode
    wasAssociatedWith: NamedNode
    endedAtTime: NamedNode
    hadPrimarySource: NamedNode


class SPDX(Terms, iri="http://spdx.org/rdf/terms#"):
    """SPDX checksums."""

    Checksum: NamedNode
    ChecksumAlgorithm: NamedNode
    checksum: NamedNode
    algorithm: NamedNode
    checksumAlgorithm_md5: NamedNode
    checksumAlgorithm_sha1: NamedNode
    checksumAlgorithm_sha256: NamedNode
    checksumValue: NamedNode


class SDMXA(Terms, iri="http://purl.org/linked-data/sdmx/2009/attribute#"):
    """SDMX attributes."""

    obsStatus: NamedNode
    confStatus: NamedNode
    unitMeasure: NamedNode
    unitMult: NamedNode  # The power of ten that values are to be multiplied by; 0 if not said.


class SDMXD(Terms, iri="http://purl.org/linked-data/sdmx/2009/dimension#"):
    """SDMX dimensions."""

    refArea: NamedNode
    refPeriod: NamedNode
    sex: NamedNode


class SDMXM(Terms, iri="http://purl.org/linked-data/sdmx/2009/measure#"):
    """SDMX measures."""

    obsValue: NamedNode


class SDMXC(Terms, iri="http://purl.org/linked-data/sdmx/2009/code#"):
    """SDMX codes."""

    obsStatus_A: NamedNode  # Normal.
    obsStatus_M: NamedNode  # Missing.
    confStatus_F: NamedNode  # Free for publication.
    confStatus_C: NamedNode  # Confidential.
    confStatus_D: NamedNode  # Confidential because another value would follow from it.
    confStatus_N: NamedNode  # Not for publication.
    confStatus_S: NamedNode  # Confidential, to be shown to some only.
    sex_F: NamedNode
    sex_M: NamedNode
    sex_U: NamedNode  # Not specified.
    sex_T: NamedNode  # Total.


class QB(Terms, iri="http://purl.org/linked-data/cube#"):
    """RDF Data Cube (W3C Recommendation 2014)."""

    DataSet: NamedNode
    DataStructureDefinition: NamedNode
    ComponentSpecification: NamedNode
    Observation: NamedNode
    structure: NamedNode
    dataSet: NamedNode
    component: NamedNode
    componentProperty: NamedNode
    componentRequired: NamedNode
    dimension: NamedNode
    measure: NamedNode
    attribute: NamedNode
    order: NamedNode
    Slice: NamedNode
    SliceKey: NamedNode
    slice: NamedNode
    sliceKey: NamedNode
    sliceStructure: NamedNode
    observation: NamedNode
    CodedProperty: NamedNode
    DimensionProperty: NamedNode
    MeasureProperty: NamedNode
    AttributeProperty: NamedNode
    measureType: NamedNode
    codeList: NamedNode
    HierarchicalCodeList: NamedNode
    hierarchyRoot: NamedNode
    parentChildProperty: NamedNode


class STAT(Terms, iri="https://w3id.org/homegraph/def/statistics#"):
    """Our words for figures made from records: ontologies/statistics.ttl."""

    ProtectedCount: NamedNode  # A count made from records, after disclosure control.
    threshold: NamedNode  # Counts from 1 to below it are hidden.
    roundedTo: NamedNode  # The number whose multiples the counts shown are.
    intervalWidth: NamedNode  # How wide the range stays in which a hidden count can be narrowed.
    suppressedCells: NamedNode  # How many cells are hidden.
    shareHidden: NamedNode  # The share of what is counted that lies in hidden cells.
    offenceClass: NamedNode  # Dimension: class, sub-group or group of the offence.
    ethnicity: NamedNode  # Dimension: self-defined ethnicity.
    detection: NamedNode  # Dimension: how a crime was detected, or that it was not.
    rank: NamedNode  # Dimension: rank of an officer, or kind of another police worker.
    sicknessAbsence: NamedNode  # Dimension: sickness absence in the year.
    assault: NamedNode  # Dimension: whether assaulted in the year.
    training: NamedNode  # Dimension: whether trained in the year.
    stage: NamedNode  # Dimension: the stage that an application has reached.
    reviewDate: NamedNode  # The day by which an agreement to share records is reviewed.
    linkStatus: NamedNode  # Who made a link between two code lists.
    offenceCode: NamedNode  # Dimension: code, sub-group or group of recorded offences.
    outcomeType: NamedNode  # Dimension: type of outcome in the Home Office's framework.
    offences: NamedNode  # Measure: offences recorded.
    outcomesOfOffencesRecorded: NamedNode  # Measure: outcomes of the offences recorded in a period.
    outcomesOfInvestigationsClosed: NamedNode  # Measure: outcomes of investigations closed.
    force: NamedNode  # Dimension: the police force that reported what is counted.
    category: NamedNode  # Dimension: the kind of crime or behaviour.
    outcome: NamedNode  # Dimension: what became of the cases.
    incidents: NamedNode  # Measure: how many incidents.
    outcomes: NamedNode  # Measure: how many outcomes.
    incidentsPerThousand: NamedNode  # Measure: incidents per 1,000 residents.
    completeness: NamedNode  # Attribute: whether the period was supplied in full.
    previousValue: NamedNode  # Attribute: the figure before it was revised.
    previousFile: NamedNode  # Attribute: the file that gave the earlier figure.
    DeclaredGap: NamedNode  # What is known of months that a force did not supply in full.
    series: NamedNode  # Dimension: the dataset that forces supply records or figures to.
    firstMonth: NamedNode  # The first month of a declared gap.
    lastMonth: NamedNode  # The last month of a declared gap.
    recordsSupplied: NamedNode  # Measure: records that a force supplied for a month.
    recordedOffence: NamedNode  # Dimension: category of recorded crime in rolling-year figures.
    offencesInYear: NamedNode  # Measure: offences recorded in the year that ends with a quarter.
    percentChangeOnYear: NamedNode  # Measure: change on the same period a year earlier.
    changeOnYear: NamedNode  # Attribute: that change in numbers.
    figureNow: NamedNode  # Attribute: the later of the two figures of a change.
    figureYearBefore: NamedNode  # Attribute: the earlier of the two figures of a change.
    offencesInYearPerThousand: NamedNode  # Measure: those offences per 1,000 residents.
    publishedPeriod: NamedNode  # Attribute: the period as printed, where that is a slip.
    residents: NamedNode  # Measure: how many people live in an area.
    usualResidents: NamedNode  # Measure: how many lived there on the day of a census.
    population: NamedNode  # Attribute of rates: the residents that a rate is reckoned with.
    populationYear: NamedNode  # Attribute of rates: the year of the estimate of residents.
    referenceDate: NamedNode  # Attribute: the day that an estimate is for.
    searchObject: NamedNode  # Dimension: what was looked for.
    searchOutcome: NamedNode  # Dimension: what came of searches.
    workerType: NamedNode  # Dimension: type of police worker.
    post: NamedNode  # Dimension: rank or post.
    sex: NamedNode  # Dimension: sex or gender as recorded.
    searches: NamedNode  # Measure: stop and searches.
    headcount: NamedNode  # Measure: persons who work for the police.
    deprivationDomain: NamedNode  # Dimension: what areas are ranked by.
    deprivationRank: NamedNode  # Measure: where an area stands; 1 is the most deprived.
    deprivationScore: NamedNode  # Attribute: the score that a rank is made from.
    deprivationDecile: NamedNode  # Attribute: the tenth of areas that a rank is in.
    fullTimeEquivalent: NamedNode  # Measure: police workers by their hours.
    officersPerThousand: NamedNode  # Measure: officers per 1,000 residents.


class DPV(Terms, iri="https://w3id.org/dpv#"):
    """Data Privacy Vocabulary 2 (W3C Community Group)."""

    Process: NamedNode
    PersonalData: NamedNode
    Purpose: NamedNode
    ProvideOfficialStatistics: NamedNode
    LegalBasis: NamedNode
    DataController: NamedNode
    DataProcessor: NamedNode
    Recipient: NamedNode
    StorageDuration: NamedNode
    DPIA: NamedNode
    hasPurpose: NamedNode
    hasPersonalData: NamedNode
    hasLegalBasis: NamedNode
    hasDataController: NamedNode
    hasDataProcessor: NamedNode
    hasRecipient: NamedNode
    hasStorageCondition: NamedNode
    hasDuration: NamedNode
    hasOrganisationalMeasure: NamedNode


class ODRL(Terms, iri="http://www.w3.org/ns/odrl/2/"):
    """Open Digital Rights Language 2.2 (W3C Recommendation 2018)."""

    Agreement: NamedNode
    Asset: NamedNode
    Permission: NamedNode
    Prohibition: NamedNode
    Duty: NamedNode
    permission: NamedNode
    prohibition: NamedNode
    duty: NamedNode
    obligation: NamedNode
    target: NamedNode
    assigner: NamedNode
    assignee: NamedNode
    action: NamedNode
    derive: NamedNode
    anonymize: NamedNode
    distribute: NamedNode
    delete: NamedNode


class GEO(Terms, iri="http://www.opengis.net/ont/geosparql#"):
    """GeoSPARQL."""

    asWKT: NamedNode
    wktLiteral: NamedNode
    hasDefaultGeometry: NamedNode


class GEOF(Terms, iri="http://www.opengis.net/def/function/geosparql/"):
    """GeoSPARQL functions; endpoint/functions.py lists those that the engine has."""


class LOCN(Terms, iri="http://www.w3.org/ns/locn#"):
    """ISA core location."""

    geometry: NamedNode


class ADMS(Terms, iri="http://www.w3.org/ns/adms#"):
    """ADMS; the http address, not the https one that the UK model misprints."""

    Identifier: NamedNode
    identifier: NamedNode
    status: NamedNode
    sample: NamedNode


class ACCESS(Terms, iri="http://publications.europa.eu/resource/authority/access-right/"):
    """EU access rights, which DCAT-AP wants for dct:accessRights."""

    PUBLIC: NamedNode
    RESTRICTED: NamedNode
    NON_PUBLIC: NamedNode


class DCATAP(Terms, iri="http://data.europa.eu/r5r/"):
    """What DCAT-AP adds to DCAT."""

    availability: NamedNode
    applicableLegislation: NamedNode
    hvdCategory: NamedNode


class STATDCAT(Terms, iri="http://data.europa.eu/m8g/"):
    """What StatDCAT-AP adds to datasets of figures."""

    dimension: NamedNode
    attribute: NamedNode
    numSeries: NamedNode  # How many series of figures over time there are.
    statUnitMeasure: NamedNode


class LANGUAGE(Terms, iri="http://publications.europa.eu/resource/authority/language/"):
    """EU languages, which DCAT-AP wants for dct:language."""

    ENG: NamedNode


class STATUS(Terms, iri="http://publications.europa.eu/resource/authority/distribution-status/"):
    """EU distribution statuses, which DCAT-AP wants for adms:status of distributions."""

    COMPLETED: NamedNode


class DATASETTYPE(Terms, iri="http://publications.europa.eu/resource/authority/dataset-type/"):
    """EU types of datasets, for dct:type."""

    STATISTICAL: NamedNode


class AVAILABILITY(
    Terms, iri="http://publications.europa.eu/resource/authority/planned-availability/"
):
    """EU planned availability, which DCAT-AP wants for dcatap:availability."""

    STABLE: NamedNode  # Meant to stay.


class THEME(Terms, iri="http://publications.europa.eu/resource/authority/data-theme/"):
    """EU data themes, which DCAT-AP wants for dcat:theme."""

    JUST: NamedNode  # Justice, legal system and public safety.
    GOVE: NamedNode  # Government and public sector.


class LICENCE(Terms, iri="http://publications.europa.eu/resource/authority/licence/"):
    """EU licences, which DCAT-AP wants for dct:license."""

    OGL_3_0: NamedNode  # Open Government Licence 3.0.


class UKMODEL(Terms, iri="https://w3id.org/co-cddo/ukgov-metadata-exchange-model/"):
    """UK Cross-Government Metadata Exchange Model."""

    securityClassification: NamedNode


class DQV(Terms, iri="http://www.w3.org/ns/dqv#"):
    """Data Quality Vocabulary (W3C Note 2016)."""

    QualityMeasurement: NamedNode
    Metric: NamedNode
    Dimension: NamedNode
    isMeasurementOf: NamedNode
    computedOn: NamedNode
    value: NamedNode
    inDimension: NamedNode
    expectedDataType: NamedNode


class VOID(Terms, iri="http://rdfs.org/ns/void#"):
    """VoID."""

    Dataset: NamedNode
    triples: NamedNode
    entities: NamedNode
    classes: NamedNode
    properties: NamedNode
    class_: NamedNode
    property: NamedNode
    classPartition: NamedNode
    propertyPartition: NamedNode
    subset: NamedNode
    uriSpace: NamedNode
    inDataset: NamedNode
    vocabulary: NamedNode
    sparqlEndpoint: NamedNode
    dataDump: NamedNode
    exampleResource: NamedNode
    feature: NamedNode
    rootResource: NamedNode
    Linkset: NamedNode
    subjectsTarget: NamedNode
    objectsTarget: NamedNode
    linkPredicate: NamedNode
    uriRegexPattern: NamedNode


class SSSOM(Terms, iri="https://w3id.org/sssom/"):
    """SSSOM, the Simple Standard for Sharing Ontological Mappings."""

    confidence: NamedNode
    mapping_justification: NamedNode


class SEMAPV(Terms, iri="https://w3id.org/semapv/vocab/"):
    """The Semantic Mapping Vocabulary: how a link was come by."""

    ManualMappingCuration: NamedNode
    LogicalReasoning: NamedNode
    LexicalMatching: NamedNode


class SD(Terms, iri="http://www.w3.org/ns/sparql-service-description#"):
    """SPARQL 1.1 service description."""

    Service: NamedNode
    endpoint: NamedNode
    supportedLanguage: NamedNode
    SPARQL10Query: NamedNode
    SPARQL11Query: NamedNode
    resultFormat: NamedNode
    inputFormat: NamedNode
    feature: NamedNode
    UnionDefaultGraph: NamedNode
    BasicFederatedQuery: NamedNode
    defaultDataset: NamedNode
    Dataset: NamedNode
    defaultGraph: NamedNode
    Graph: NamedNode
    namedGraph: NamedNode
    NamedGraph: NamedNode
    name: NamedNode
    graph: NamedNode
    extensionFunction: NamedNode
    Function: NamedNode


class SOURCE(Terms, iri="https://w3id.org/homegraph/def/source#"):
    """Our words for how a source is read: ontologies/source.ttl."""

    filePattern: NamedNode  # A shell pattern that the names of the source's files match.
    ignoredColumn: NamedNode  # A column that is deliberately not read.
    columnName: NamedNode  # The heading of that column, letter for letter.
    reason: NamedNode  # Why it is not read.
    minimumRecords: NamedNode  # Fewer records than this in one build is an error.
    maximumRecords: NamedNode  # More records than this in one build is an error.
    column: NamedNode  # A column of the files that is read.
    property: NamedNode  # A property by which a column's values are said.
    confidential: NamedNode  # Whether the files hold records about persons.
    concerns: NamedNode  # A property that a rule without a path is about.
    Check: NamedNode  # The check that is being made.
    checkedOn: NamedNode  # The day of a check; never in a release.
    mentionedBy: NamedNode  # A property of which a thing is a value; never in a release.
    File: NamedNode  # A file that a source was read from.
    ConfidentialFile: NamedNode  # One with records about persons, of which less is said.
    ReadingConstraintComponent: NamedNode  # Stands for a rule of reading in a SHACL report.
    readOn: NamedNode  # The day a file was first taken in.
    inFile: NamedNode  # The file in which what breaks a rule stands.
    inRow: NamedNode  # The row of that file.
    inSheet: NamedNode  # The sheet of that file, where it has several.
    inColumn: NamedNode  # The column of that row.
    harvestedFrom: NamedNode  # The catalogue of others that a record was taken from.


class SH(Terms, iri="http://www.w3.org/ns/shacl#"):
    """SHACL: validation reports (W3C Recommendation 2017, section 3.6)."""

    ValidationReport: NamedNode
    ValidationResult: NamedNode
    Violation: NamedNode
    Warning: NamedNode
    Info: NamedNode
    conforms: NamedNode
    result: NamedNode
    focusNode: NamedNode
    message: NamedNode
    severity: NamedNode
    resultMessage: NamedNode
    resultPath: NamedNode
    resultSeverity: NamedNode
    sourceConstraintComponent: NamedNode
    sourceShape: NamedNode
    value: NamedNode
    sourceConstraint: NamedNode
    inversePath: NamedNode
    alternativePath: NamedNode
    zeroOrMorePath: NamedNode
    oneOrMorePath: NamedNode
    zeroOrOnePath: NamedNode
    NodeShape: NamedNode
    PropertyShape: NamedNode
    flags: NamedNode
    SPARQLSelectExecutable: NamedNode
    SPARQLAskExecutable: NamedNode
    SPARQLConstructExecutable: NamedNode
    select: NamedNode
    ask: NamedNode
    construct: NamedNode
    prefixes: NamedNode
    declare: NamedNode
    prefix: NamedNode
    namespace: NamedNode
    order: NamedNode


class FIGURE(Terms, iri="https://w3id.org/homegraph/def/figure#"):
    """Our words for figures on the pages of things: ontologies/figure.ttl."""

    across: NamedNode  # The column that a chart is drawn across: its months or its codes.
    shows: NamedNode  # The column with the number that a chart shows.
    chart: NamedNode  # The kind of chart: line or bar.


class PRIVACY(Terms, iri="https://w3id.org/homegraph/def/privacy#"):
    """Our words for what may not be said of people: ontologies/privacy.ttl."""

    PublishedOfficial: NamedNode  # A person whose name and post law or policy publishes.
    WordList: NamedNode  # Words that help to tell personal data from other text.
    forbids: NamedNode  # A regular expression for text that may not go out.
    checkedBy: NamedNode  # What decides where the form alone cannot tell.
    exceptIn: NamedNode  # A property whose values may hold such text.
    word: NamedNode  # A word of a list.


class AS(Terms, iri="https://www.w3.org/ns/activitystreams#"):
    """Activity Streams: what happened to a dataset (DCAT-AP Feeds)."""

    Create: NamedNode
    Update: NamedNode
    Delete: NamedNode
    object: NamedNode
    published: NamedNode


class LDES(Terms, iri="https://w3id.org/ldes#"):
    """Linked Data Event Streams 1.0, with the words for retention that it had before."""

    EventStream: NamedNode
    EventSource: NamedNode
    timestampPath: NamedNode
    versionOfPath: NamedNode
    versionCreateObject: NamedNode
    versionUpdateObject: NamedNode
    versionDeleteObject: NamedNode
    retentionPolicy: NamedNode
    RetentionPolicy: NamedNode
    versionAmount: NamedNode
    LatestVersionSubset: NamedNode  # of before, as the next
    amount: NamedNode


class TREE(Terms, iri="https://w3id.org/tree#"):
    """TREE: pages of a collection, and what each page can hold."""

    Node: NamedNode
    view: NamedNode
    viewDescription: NamedNode
    member: NamedNode
    relation: NamedNode
    node: NamedNode
    path: NamedNode
    value: NamedNode
    GreaterThanOrEqualToRelation: NamedNode
    LessThanOrEqualToRelation: NamedNode


PREFIXES = {words.__name__.lower(): words.iri for words in Terms.__subclasses__()}
