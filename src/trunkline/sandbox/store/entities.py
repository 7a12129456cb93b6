"""The kinds of things that the sandbox keeps, with the columns that are searched and sorted by.

IDI's column names are the wire names of its filterable and sortable fields: those that the sandbox fills
are listed here, and further ones of the operations are added, empty. A name that begins with an underscore is
the sandbox's own and never sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from trunkline.idi import OPERATIONS, models
from trunkline.sandbox.store.needed import NEEDED
from trunkline.sandbox.store.store import Entity, Kind

_KINDS: Mapping[str, Kind] = {
    "datetime.datetime": "instant", "datetime.date": "date", "bool": "bool", "int": "int",
    "Decimal": "number", "decimal.Decimal": "number", "float": "number",
}  # fmt: skip


def _searched(rows: str) -> dict[str, Kind]:
    """What searches of these rows filter and order by, so that names of a corrected spec are added."""
    model = getattr(models, rows, None)
    found = attrs.fields(model) if isinstance(model, type) else ()
    types = {field.metadata["wire"]: str(field.type).partition(" |")[0] for field in found if field.metadata}
    return {
        name: _KINDS.get(types.get(name, ""), "text")
        for operation in OPERATIONS.values()
        if operation.paging is not None and operation.paging.row_type == rows
        for name in (*operation.filterable, *operation.sortable)
    }


def _entity(
    name: str,
    key: str,
    *,
    ints: str = "",
    texts: str = "",
    bools: str = "",
    numbers: str = "",
    instants: str = "",
    more: str = "",
    rows: str = "",
    key_kind: Kind = "int",
    indexed: Iterable[str] = (),
) -> Entity:
    columns: dict[str, Kind] = {key: key_kind}
    groups: Mapping[Kind, str] = {
        "int": ints, "text": texts, "bool": bools, "number": numbers, "instant": instants,
    }  # fmt: skip
    for kind, words in groups.items():
        columns |= dict.fromkeys(words.split(), kind)
    columns |= {name: kind for name, kind in _searched(rows).items() if name not in columns}
    names = tuple(n for n in (*columns, *more.split()) if not n.startswith("_"))
    needed = NEEDED.get(name, {})
    return Entity(name=name, key=key, columns=columns, indexed=tuple(indexed), names=names, needed=needed)


DEVICE = _entity(
    "device",
    "deviceID",
    rows="Device",
    ints="deviceStatusID handsetCatalogID serialNumberTypeID simClassID sourceCodeID supportedSIMClassID "
    "technologyTypeID",
    texts="alternateSerialNumber deviceStatus displayName eid serialNumber simClass simCardNumber sourceCode "
    "supportedSIMClass",
    instants="lastBoundStateChangeDate lastModifiedDate",
    more="aKey alternateSerialNumberCheckDigit bind blackBerryRegistrationID decimalPseudoESN handsetCatalog "
    "hexPseudoESN hardwareVersion isNew lastModifiedUserID msl oneTimeSL pin referenceNumber "
    "reservedForRetail serialNumberType sid softwareVersion technologyType",
    indexed=("serialNumber",),
)
SIM = _entity(
    "sim",
    "simID",
    rows="Sim",
    ints="simClassID",
    texts="imsi pin1 pin2 puk1 puk2 simClass simNumber",
    more="activationURL admPIN authenticationKey caveAuthKey hexEUIMID hexPseudoUIMID hrpdSecret kappli kKey "
    "mipAAASecret mipHASecret profileName sipSecret",
    indexed=("simNumber",),
)
SERVICE = _entity(
    "service",
    "serviceID",
    rows="Service",
    ints="customerID phoneBookAccountID serviceCatalogID",
    texts="accountNumber customerName eid handsetSerialNumber handsetAlternateSerialNumber imsi min "
    "serviceName serviceNumber serviceCatalog simCardSerialNumber",
    instants="disconnectDate startDate",
    indexed=("customerID", "serviceNumber", "handsetSerialNumber"),
)
ADVANCE_PAY = _entity(
    "advance_pay_service",
    "serviceID",
    rows="AdvancePayService",
    ints="advancePayPricePointDefinitionID customerID duration planID",
    texts="advancePayPricePointDefinition planDescription serviceName serviceNumber servicetype",
    bools="autoRenewAdvancePay",
    numbers="charge",
)
SUMMARY = _entity(
    "service_summary",
    "serviceID",
    rows="ServiceSummary",
    ints="_customerID catalogID",
    texts="serviceNumber",
    bools="isPrimaryService",
    instants="startDate endDate",
    indexed=("_customerID",),
)
CUSTOMER = _entity("customer", "customerID", texts="customerName accountNumber")
SPECIAL_NUMBER = _entity(
    "phone_book_special_number",
    "phoneBookSpecialNumberID",
    rows="PhoneBookSpecialNumber",
    texts="phoneBookSpecialNumber description",
    bools="enabled",
)
COVERAGE_TYPE = _entity("coverage_type", "coverageTypeID", rows="CoverageType", texts="coverageType")
COVERAGE_INDICATOR = _entity(
    "coverage_indicator",
    "coverageIndicatorID",
    rows="CoverageIndicator",
    ints="coverageTypeID",
    texts="coverageIndicator coverageType",
)
COVERAGE_AREA = _entity(
    "coverage_area",
    "zip",
    rows="CoverageArea",
    key_kind="text",
    ints="coverageIndicatorID regionID",
    texts="coverageIndicator csa region",
)
REGION = _entity("region", "regionID", texts="region")
WARRANTY = _entity(
    "retail_warranty",
    "warrantyID",
    rows="RetailWarranty",
    ints="_customerID retailProductCatalogID retailProductID serviceID warrantyTerm",
    texts="receiptNumber serviceNumber sku warrantyDescription",
    instants="finalizedDate warrantyExpirationDate",
    indexed=("_customerID",),
)
PHONE_BOOK = _entity(
    "phone_book", "phoneBookID", ints="_serviceID phoneBookAccountID", indexed=("_serviceID",)
)
PHONE_BOOK_ENTRY = _entity(
    "phone_book_entry",
    "phoneBookEntryID",
    rows="PhoneBookEntry",
    ints="_serviceID phoneBookAccountID phoneBookSpecialNumberID rank ringtoneID",
    texts="extension name phone",
    bools="ice",
    indexed=("_serviceID",),
)
PRICE_POINT = _entity(
    "favorite_price_point",
    "_id",
    rows="FavoritePricePoint",
    ints="_serviceID advancePayPricePointDefinitionID catalogID featureID",
    texts="advancePayPricePointDefinition description sku",
    instants="startDate",
    indexed=("_serviceID",),
)
EXEMPTION_KIND = _entity(
    "tax_type_exempt",
    "taxTypeExemptID",
    ints="taxExemptionCategoryID taxTypeID taxTypeExemptGroupID",
    texts="taxExemptionCategory taxType taxTypeExempt taxTypeExemptGroup",
)
EXEMPTION = _entity(
    "extended_tax_exemption",
    "_id",
    rows="ExtendedTaxExemption",
    ints="_serviceID taxExemptionCategoryID taxTypeID taxTypeExemptGroupID taxTypeExemptID",
    texts="taxExemptionCategory taxType taxTypeExempt taxTypeExemptGroup",
    bools="applyTaxesExceptTaxTypeExemptGroup",
    indexed=("_serviceID",),
)
STARTING_CODE = _entity(
    "starting_code",
    "startingCodeID",
    rows="StartingCode",
    ints="_serviceID billingOrderID transactionStatusID duplicateCount",
    texts="receiptNumber startingCode",
    instants="entryDate",
)
EQUIPMENT = _entity(
    "equipment_association",
    "_id",
    rows="EquipmentAssociation",
    ints="equipmentID equipmentTypeID serviceID",
    texts="equipmentName equipmentType serviceNumber",
    indexed=("serviceID",),
)
PLAN_HISTORY = _entity(
    "plan_history",
    "_id",
    rows="PlanHistory",
    ints="_serviceID billingCycleTypeID featureID customerID",
    texts="billingCycleType description sku",
    numbers="charge",
    instants="startDate endDate",
)
FEATURE = _entity("feature", "featureID", ints="serviceID", indexed=("serviceID",))
CONTRACT = _entity("contract", "contractID", ints="serviceID", indexed=("serviceID",))
PACKAGE = _entity("package", "packageID", ints="serviceID")
ALLOCATION = _entity(
    "tax_by_component_allocation",
    "_id",
    rows="TaxByComponentAllocation",
    ints="_packageID featureID",
    indexed=("_packageID",),
)
SERVICE_ADDRESS = _entity("service_address", "serviceAddressID", ints="customerID")
SERVICE_E911 = _entity("service_e911", "serviceID")
E911_BATCH = _entity("e911_batch_detail", "e911BatchDetailID", ints="customerID serviceID")
ADJUSTMENT = _entity("adjustment", "adjustmentID", ints="serviceID adjustmentTypeID")

AB_CUSTOMER = _entity(
    "ab_customer", "customerId", texts="customerName coRegNumber accountNumber", indexed=("coRegNumber",)
)
AB_CONNECTION = _entity(
    "ab_connection",
    "contractId",
    ints="customerId networkId tariffId _abz",
    texts="cli simNumber status",
    indexed=("cli", "customerId"),
)
AB_TARIFF = _entity("ab_tariff", "tariffId", ints="networkId contractTermMonths", bools="billCapEligible")
AB_BUNDLE = _entity("ab_bundle", "tariffOptionId", ints="bundleId networkId _term")
AB_ORDER = _entity("ab_order", "orderId", ints="customerId", texts="status", indexed=("customerId",))
AB_MONITOR = _entity(
    "ab_submitted_contract", "orderMobileId", ints="_orderId contractId", indexed=("_orderId",)
)
AB_TICKET = _entity("ab_ticket", "diaryEntryId", ints="orderId", indexed=("orderId",))
AB_TASK = _entity("ab_task", "taskId", ints="customerId", indexed=("customerId",))
AB_COMMENT = _entity("ab_comment", "commentId", ints="taskId", indexed=("taskId",))
AB_REQUEST = _entity("ab_request", "requestId", ints="contractId")
AB_SWITCHING = _entity(
    "ab_switching",
    "switchingRequestId",
    ints="_customerId contractId",
    texts="requestType status",
    indexed=("_customerId", "contractId"),
)
AB_NUMBER = _entity("ab_number", "cli", key_kind="text", ints="networkId")
JOB = _entity("job", "jobId", numbers="at", texts="kind", indexed=("at",))

ENTITIES = tuple(value for value in list(globals().values()) if isinstance(value, Entity))
"""Every kind of thing of both vendors."""
