"""The people of the demonstration: one for every role, with the institution they act for. All names are made up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Signs in as `<login>@demo.besa`."""

    login: str
    name: str
    role: str
    agency: str
    language: str = "en"


# The first word of each login is the role; focal points of further institutions follow.
CAST = (
    Person("coordinator", "Elira Gjoka", "coordinator", "ONAC"),
    Person("national_coordinator", "Arben Toska", "national_coordinator", "ONAC"),
    Person("focal_point", "Mirela Hysa", "focal_point", "MOLSAEO"),
    Person("committee", "Besnik Kola", "committee", "MOJ"),
    Person("donor", "Anna Lindqvist", "donor", "USAID"),
    Person("rcat", "Drita Marku", "rcat", "RCAT-VLORE"),
    Person("municipality", "Valbona Çela", "municipality", "MUNICIPALITIES"),
    Person("border_police", "Ilir Doda", "border_police", "ASP-BMP"),
    Person("police", "Genti Prifti", "police", "ASP-AIT"),
    Person("shelter", "Teuta Leka", "shelter", "VATRA"),
    Person("consulate", "Sokol Bala", "consulate", "MFA-CONSULAR"),
    Person("responsible_authority", "Rudina Shehu", "responsible_authority", "RA"),
    Person("prosecutor", "Artan Meksi", "prosecutor", "SCPO"),
    Person("witness_protection", "Luan Deda", "witness_protection", "ASP-DPW"),
    Person("labour_inspector", "Fatmir Zeqo", "labour_inspector", "SLI"),
    Person("hotline", "Anila Rama", "hotline", "MOI"),
    Person("reporter", "Ermira Nushi", "reporter", "MOES"),
    Person("statistician", "Klodian Pema", "statistician", "INSTAT"),
    Person("rapporteur", "Zana Dervishi", "rapporteur", "PEOPLES-ADVOCATE"),
    Person("researcher", "Mark Ndoja", "researcher", "INSTAT"),
    Person("user_admin", "Edlira Basha", "user_admin", "ONAC"),
    Person("security_admin", "Petrit Gega", "security_admin", "MOI"),
    Person("system_admin", "Andi Lame", "system_admin", "MOI"),
    Person("auditor", "Majlinda Sota", "auditor", "COM"),
    Person("data_protection", "Fatos Kume", "data_protection", "PEOPLES-ADVOCATE"),
    Person("focal_point.asp", "Bledar Cani", "focal_point", "ASP"),
    Person("focal_point.moi", "Olta Frashëri", "focal_point", "MOI"),
    Person("focal_point.moj", "Dorina Alia", "focal_point", "MOJ"),
    Person("focal_point.moes", "Nertila Gjini", "focal_point", "MOES"),
    Person("focal_point.mfa", "Kristaq Dhima", "focal_point", "MFA"),
    Person("focal_point.gpo", "Ardita Hoxhaj", "focal_point", "GPO"),
    Person("focal_point.onac", "Suela Marashi", "focal_point", "ONAC"),
    Person("focal_point.academy", "Gjergj Vata", "focal_point", "POLICE-ACADEMY"),
)
