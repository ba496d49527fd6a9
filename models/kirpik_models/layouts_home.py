"""What is stamped in Kazakhstan and beside it: Russia, Kyrgyzstan, Uzbekistan, Tajikistan, Turkmenistan."""

from dataclasses import replace

from kirpik_models.layout import MOTORCYCLE, SQUARE, Layout

_KZ = Layout("kz2012_private", ("999 AAA|(<kzregion>)",), left=("flag:KZ", "flag:KZ", "none"), weight=16)

# fmt: off
HOME: tuple[Layout, ...] = (
    _KZ,
    replace(_KZ, plate_format="kz2012_org", patterns=("999 AA|(<kzregion>)",), weight=5),
    replace(
        _KZ, plate_format="kz2012_foreign", patterns=("<F H> 9999|(<kzregion>)",), colours=("black/yellow",), weight=2
    ),
    replace(
        _KZ,
        plate_format="kz2012_letter4",
        patterns=("<A B C D E G I J K L M N O P Q R S T U V W X Y Z> 9999|(<kzregion>)",),
        colours=("black/yellow",),
        weight=1,
    ),
    replace(_KZ, plate_format="kz2012_police", patterns=("999 'K'P|(<kzregion>)",), colours=("blue/white",), weight=1),
    replace(_KZ, plate_format="kz_special", patterns=("AA 999|(<kzregion>)", "AA 9999"), weight=1),
    replace(
        _KZ,
        plate_format="kz_diplomatic",
        patterns=("<D T K> 999999", "999 <D T K> 999", "<HC> 9999"),
        colours=("white/red", "white/red", "black/yellow"),
        weight=1.5,
    ),
    replace(
        _KZ,
        plate_format="kz1993_private",
        patterns=("<kz1993> 999 AAA", "<kz1993> 999AAA"),
        left=("flag:KZ", "none"),
        weight=3,
    ),
    replace(_KZ, plate_format="kz1993_org", patterns=("<kz1993> 999 AA", "<kz1993> 999AA"), weight=1),
    replace(
        _KZ,
        plate_format="kz2012_private",
        patterns=("999/AAA|(<kzregion>)", "999 AAA/(<kzregion>)", "999/AAA <kzregion>"),
        sizes=SQUARE,
        weight=5,
    ),
    replace(
        _KZ, plate_format="kz2012_org", patterns=("999/AA|(<kzregion>)", "999/AA <kzregion>"), sizes=SQUARE, weight=2
    ),
    replace(
        _KZ, plate_format="kz1993_private", patterns=("<kz1993> 999/AAA", "<kz1993>999/AAA"), sizes=SQUARE, weight=1
    ),
    replace(
        _KZ,
        plate_format="kz2012_moto_trailer",
        patterns=("99 AA/(<kzregion>)", "99/AA <kzregion>", "99 AAA/<kzregion>"),
        sizes=MOTORCYCLE,
        weight=2,
    ),
    Layout(
        "ru_car",
        ("a 999 aa|(<ruregion>)", "a 999 aa|(<ruregion>)", "a 999 aa|(99)", "a 999 aa|(<1 2 7 9>99)"),
        sign="RUS", small_letters=0.78, weight=13,
    ),
    Layout("ru_car", ("a999/aa <ruregion>",), SQUARE, small_letters=0.85, weight=1),
    Layout("ru_trailer", ("aa 9999|(<ruregion>)",), sign="RUS", small_letters=0.8),
    Layout("ru_taxi", ("aa 999|(<ruregion>)",), colours=("black/yellow",), sign="RUS", small_letters=0.8),
    Layout("ru_police", ("a 9999|(<ruregion>)",), colours=("white/blue",), sign="RUS", small_letters=0.8),
    Layout("ru_moto", ("9999/aa <ruregion>",), MOTORCYCLE, weight=0.7),
    Layout("kg_private", ("(99'K'G)|999 AAA", "99'K'G 999 AAA", "(99'K'G) 999AAA"), left=("none", "flag:"), weight=11),
    Layout("kg_org", ("(99'K'G)|999 AA", "99'K'G 999 AA"), left=("none", "flag:"), weight=3),
    Layout("kg_special", ("(99'K'G)|9999 A",), colours=("black/yellow",), weight=1.5),
    Layout("kg_old", ("A 9999 AA", "A 9999 A"), weight=1),
    Layout("uz_private", ("(99)|A 999 AA",), right=("flag:UZ", "under:UZ"), weight=5),
    Layout("uz_org", ("(99)|999 AAA",), right=("flag:UZ", "under:UZ"), weight=2),
    Layout("uz_trailer", ("(99)|9999 AA",), right=("flag:UZ",), weight=0.5),
    Layout("uz_moto", ("99/999 AA",), MOTORCYCLE, weight=0.5),
    Layout("uz_temp", ("'T 999999 99",), weight=0.3),
    Layout("uz_foreign", ("(99)|<H M> 999999",), colours=("black/yellow", "white/green"), weight=0.5),
    Layout("uz_diplo", ("<D T X> 999999", "'C'M'D 9999"), colours=("white/green",), weight=0.5),
    Layout("tj", ("9999 AA|(0<1 2 3 4 5 6 7 8 9>)",), left=("flag:TJ", "flag:TJ", "none"), weight=2),
    Layout(
        "tm", ("AA 9999|(<AG AH BN DZ LB MR>)", "A 9999|(<AG AH BN DZ LB MR>)"), left=("flag:TM", "none"), weight=1.5
    ),
)
# fmt: on
