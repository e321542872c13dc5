"""A plan as one activity of an IATI 2.03 file: its period and agencies, each specific objective as a result with its indicators."""

from __future__ import annotations

from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from besa.plan.content.shape import Content, Row, objectives

REPORTING_ORG_TYPE = "10"  # IATI code list OrganisationType: government
IMPLEMENTING = "4"  # IATI code list OrganisationRole
OUTCOME = "2"  # IATI code list ResultType
_ISO2 = {"ALB": "AL"}


def dump_iati(content: Content, agencies: dict[str, str], at: datetime) -> str:
    """The XML; `agencies` gives the names of the agencies by code, the first leading the plan as reporting organisation."""
    plan, stamp = content["plan"], at.isoformat(timespec="seconds")
    root = Element("iati-activities", {"version": "2.03", "generated-datetime": stamp})
    activity = SubElement(root, "iati-activity", {"last-updated-datetime": stamp, "hierarchy": "1"})
    activity.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    leader = next(iter(agencies.items()), (plan["code"], plan["title"]))
    country = _ISO2.get(plan["country"], plan["country"][:2])
    organisation = f"XM-{country or 'XX'}-{leader[0]}"
    SubElement(activity, "iati-identifier").text = f"{organisation}-{plan['code']}"
    reporting = SubElement(activity, "reporting-org", {"ref": organisation, "type": REPORTING_ORG_TYPE})
    SubElement(reporting, "narrative").text = leader[1]
    _narrative(activity, "title", plan)
    description = SubElement(activity, "description", {"type": "1"})
    SubElement(description, "narrative").text = plan["endorsed"] or plan["title"]
    for code, name in agencies.items():
        taking_part = SubElement(
            activity, "participating-org", {"role": IMPLEMENTING, "ref": f"XM-{country or 'XX'}-{code}"}
        )
        SubElement(taking_part, "narrative").text = name
    SubElement(activity, "activity-status", {"code": "2" if plan["period_end"] >= at.date().isoformat() else "4"})
    for kind, key in (("1", "period_start"), ("3", "period_end")):
        SubElement(activity, "activity-date", {"type": kind, "iso-date": plan[key]})
    if country:
        SubElement(activity, "recipient-country", {"code": country, "percentage": "100"})
    SubElement(activity, "sector", {"vocabulary": "1", "code": "15160"})  # human rights
    for _, _, objective in objectives(content):
        _result(activity, objective)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _narrative(parent: Element, tag: str, row: Row) -> Element:
    element = SubElement(parent, tag)
    SubElement(element, "narrative").text = row["title"]
    if row.get("title_sq"):
        albanian = SubElement(element, "narrative")
        albanian.set("{http://www.w3.org/XML/1998/namespace}lang", "sq")
        albanian.text = row["title_sq"]
    return element


def _result(activity: Element, objective: Row) -> None:
    """An objective with its indicators, or with its title as the only one: IATI asks for at least one."""
    result = SubElement(activity, "result", {"type": OUTCOME})
    _narrative(result, "title", objective)
    for text in [*objective["indicators"], *objective["targets"]] or [objective["title"]]:
        indicator = SubElement(result, "indicator", {"measure": "5"})  # qualitative: the plan gives no baseline
        title = SubElement(indicator, "title")
        SubElement(title, "narrative").text = text
