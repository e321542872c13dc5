"""Names that are one sound alike, names that are two do not, and no text in the world stops the normaliser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besa.people import names

ALIKE = """
Agim Agimi; Agim Agimit; Drita Dritë; Drita Dritës; Shehu Sheh; Shehu Shehut; Luan Luani; Kola Kolë; Kola Kole; Kola Kolës
Arbën Arben; Çela Cela; Çela ÇELA; Çami Cami; Gëzim Gezim; Përparim PERPARIM; Shpëtim Shpetimi; Hoxha Hoxhë; Hoxha Hoxhës
Hoxha Hoxa; Hoxha Hotza; Hoxha Chotza; Hoxha Χότζα; Hoxha Хоџа; Arben Αρμπέν; Arben Арбен; Shpresa Шпреса; Shpresa Σπρέσα
Luljeta Љуљета; Luljeta Лулјета; Qemal Ќемал; Qazim Κιαζίμ; Njazi Њази; Gjorgji Ѓорѓи; Xhafer Џафер; Xhafer Τζαφέρ; Gjoka Ѓока
Gjoka Γκιόκα; Gjoka Gioka; Gjoka Djoka; Gjoka Gjokaj; Gjoka Xhoka; Dritan Ντριτάν; Dritan Дритан; Besnik Μπεσνίκ; Besnik Бесник
Genc Γκεντς; Bujar Μπουγιάρ; Bajram Μπαϊράμ; Bajram Бајрам; Bajram Bairam; Saimir Sajmir; Maria Marija; Maria Μαρία; Maria Марија
Sofia Sofija; Sofia Sofja; Sofia Σοφία; Ilia Ilija; Ilia Ilja; Antonio Antonjo; Tanja Tania; Sonja Sonia; Arian Arjan; Julian Juljan
Florian Florjan; Adrian Adrjan; Muhamet Muhamed; Ahmet Ahmed; Ahmet Ahmeti; Ahmet Ахмет; Ahmet Амет; Murat Murad; Rexhep Rexheb
Rexhep Реџеп; Hamit Hamid; Mehmet Memet; Ibrahim Ibraim; Ibrahim Ибраим; Idriz Idris; Ramiz Ramis; Halit Haliti; Sabit Sabiti
Dhimitër Dhimitri; Dhimitër Dimitri; Dhimitra Dimitra; Dhimitra Δήμητρα; Thanas Tanas; Thanas Танас; Thoma Toma; Theodhor Teodor
Dhora Dora; Skënder Skender; Skënder Skënderi; Pjetër Pjetri; Pjetër Pieter; Petër Petri; Aleksandër Aleksandri
Aleksandër Alexander; Aleksandra Alexandra; Aleksandra Αλεξάνδρα; Maksim Maxim; Llazar Lazar; Llazar Лазар; Rrapi Rapi; Rrok Rok
Llambi Lambi; Gjylsime Gjilsime; Hysa Hisa; Hyseni Hisen; Hyseni Hysen; Hyseni Хисени; Ylli Ill; Ali Aliu; Sali Saliu; Marku Mark
Marku Marcu; Marku Марку; Gjini Gini; Gjini Gjin; Kurti Curti; Leka Lekë; Leka Λέκα; Berisha Berishja; Kelmendi Kelmendja
Gashi Gashija; Lule Lulja; Liria Lirija; Marisë Maria; Mirela Mirelës; Agron Agronit; Dervishi Dervish; Dervishi Дервиши
Prifti Prift; Guri Gur; Jorgo Jorgos; Jorgo Γιώργος; Jorgo Jorgua; Kosta Κώστας; Niko Νίκος; Thoma Θωμάς; Spiro Σπύρος; Elena Елена
Kristina Cristina; Kristina Christina; Kiara Chiara; Mikele Michele; Anjesa Agnesa; Shehu Scehu; Shehu Schehu; Shehu Шеху; Shehu Σέχου
Halil Khalil; Filip Philip; Xhani Gianni; Xhorxho Giorgio; Xhovani Giovanni; Marko Marco; Luka Luca; Franko Franco; Karlo Carlo
Viktor Victor; Klara Clara; Klaudia Claudia; Jakup Jakub; Bashkim Башким; Bashkim Μπασκίμ; Vjollca Vjolca; Jeta Јета; Zamira Замира
Zhaneta Жанета; Çiljeta Чиљета; Agim Агим; Agim Αγκίμ; Ilir Илир; Ilir Ιλίρ; Fatmir Фатмир; Edmond Edmont; Yanis Janis; Xhevdet Џевдет
Milosh Miloš; Zhivko Živko; Xhem Džem; Gjorgje Đorđe; Ndreu Ντρέου; Toska Tosca; Krasniqi Краснићи; Çaushi Чауши; Qazim Ќазим
"""
PAIRS = [tuple(pair.split()) for pair in ALIKE.replace("\n", ";").split(";") if pair.strip()]

APART = """
Arta Artan; Dritan Drita; Hysa Hyseni; Arben Arbena; Luan Luana; Art Arta; Valentin Valentina; Agron Agim; Ali Alia; Mira Miri
Fatmir Fatmira; Besa Besnik; Besa Besarta; Gjin Gjon; Gjergj Gjoka; Mark Marta; Maria Marina; Maria Mara; Maria Marian; Ana Anila
Ana Anita; Elira Edlira; Elona Elena; Ilir Ilira; Ilir Iljaz; Muhamet Mehmet; Ahmet Hamit; Ahmet Ahmedan; Hasan Hysen; Hasan Hasna
Halil Halit; Halil Halim; Selim Salim; Selim Selman; Sali Saliha; Rama Ramiz; Rama Ramadan; Hoxha Haxhiu; Hoxha Hoti; Shehu Shala
Shala Sala; Sula Shula; Zeka Zhega; Gashi Kashi; Kola Koli; Kola Kolaci; Leka Lika; Luka Leka; Meta Mema; Dema Deda; Doda Duda; Duka Dika
Tafa Stafa; Toska Tosku; Balla Bala1a; Prifti Prefti; Marku Markaj; Bushati Bushi; Lala Lila; Zana Zamira; Lule Lulzim; Lindita Linda
Dita Drita; Jeta Mirjeta; Jetmir Jeta; Flora Florian; Flora Flori; Genc Gent; Genta Gentiana; Mirela Mirjeta; Vera Viola; Ardit Ardita
Kelmendi Kola; Nikolla Nikoleta; Petro Petrit; Stefan Stefania; Andon Andrea; Katerina Kristina; Xhafer Xhevdet; Qemal Qerim; Zenel Zenun
"""
DIFFERENT = [tuple(pair.split()) for pair in APART.replace("\n", ";").split(";") if pair.strip()]


def test_the_tables_are_large() -> None:
    assert len({frozenset(pair) for pair in PAIRS}) >= 150
    assert len({frozenset(pair) for pair in DIFFERENT}) >= 60
    assert len(names.groups()) >= 150


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_spellings_of_one_name_sound_alike(one: str, other: str) -> None:
    assert names.phonetic(one) == names.phonetic(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_names_do_not(one: str, other: str) -> None:
    assert names.phonetic(one) != names.phonetic(other)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Arben Hoxha", "arben hoxha"),
        ("HOXHA, Arbën", "arben hoxha"),
        ("Αρμπέν Χότζα", "arben hoxha"),
        ("Арбен Хоџа", "arben hoxha"),
        ("Hoxha-Çela", "cela hoxha"),
        ("Znj. Arta Kola", "arta kola"),
        ("Dr. Prof. Arta", "arta"),
        ("Dr.", "dr"),
        ("D'Angelo", "dangelo"),
        ("D’Angelo", "dangelo"),
        ("Maria De Luca", "deluca maria"),
        ("Luca De", "lucade"),
        ("  Arta\t Maria ", "arta maria"),
        ("Maria Arta", "arta maria"),
        ("", ""),
        ("123 – !", ""),
    ],
)
def test_normalised(name: str, key: str) -> None:
    assert names.normalised(name) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(
            ("Muhamet", "Meti"),
            ("Aleksandër", "Leka"),
            ("Elisabeta", "Beti"),
            ("Gjergji", "Giorgi"),
            ("Aleksandër", "Αλέξανδρος"),
        ),
        *(
            ("Nikollë", "Kola"),
            ("Jozef", "Zef"),
            ("Dhimitër", "Mitro"),
            ("Gjin", "Giovanni"),
            ("Xhulia", "Giulia"),
            ("Ndue", "Anton"),
        ),
    ],
)
def test_variants_name_each_other(one: str, other: str) -> None:
    assert names.phonetic(other) in {names.phonetic(name) for name in names.variants(one)}
    assert names.phonetic(one) in {names.phonetic(name) for name in names.variants(other)}


def test_variants_hold_the_name_and_make_no_chains() -> None:
    assert names.variants("Zzyzx") == {"zzyzx"}
    assert "mehmet" in names.variants("Met")
    assert "mehmet" not in names.variants("Muhamet")
    assert "agim" in names.variants("Agimin")
    assert "arta meti" in names.variants("Muhamet Arta")


@given(st.text(max_size=40))
def test_any_text_has_a_key_and_the_key_is_its_own(text: str) -> None:
    key = names.normalised(text)
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz ")
    assert names.normalised(key) == key
    assert names.phonetic(text) == names.phonetic(key)
    assert key in names.variants(text)


LETTERS = st.sampled_from(
    [*"aeëiouybcçdgjhklmnpqrstvxz", *"αειουγκμντζσς", *"абгджзиљњќџ", *" '-.", "de", "la", "dr", "Sh", "Gj", "ΐ"]
)


@given(st.lists(LETTERS, max_size=14).map("".join))
def test_names_of_the_neighbourhood_have_a_key(text: str) -> None:
    key = names.normalised(text)
    assert names.normalised(key) == key
    assert names.normalised(text.upper().lower()) == names.normalised(text.lower())


@given(st.lists(st.sampled_from(sorted(names.known())), min_size=1, max_size=3))
def test_the_order_of_words_does_not_matter(words: list[str]) -> None:
    assert names.normalised(" ".join(words)) == names.normalised(" ".join(reversed(words)))
    assert names.phonetic(" ".join(words)) == names.phonetic(" ".join(reversed(words)))
