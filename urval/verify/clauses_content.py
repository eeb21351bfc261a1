"""The clauses of docs/format.md on what is in a package: sections 1 to 8."""

from __future__ import annotations

from urval.verify.clauses import Level, must, should

_S, _D, _F = Level.STRUCTURE, Level.DIGESTS, Level.FULL

CONTENT = (
    must(
        _S, "BAG-1", "bagit.txt har exakt de två föreskrivna raderna", "bagit.txt is exactly the two lines prescribed"
    ),
    must(
        _S,
        "BAG-2",
        "manifest-sha256.txt räknar upp varje fil under data/ och ingen annan, i föreskriven form",
        "manifest-sha256.txt lists every file under data/ and no other, in the prescribed form",
    ),
    must(
        _D,
        "BAG-3",
        "varje uppräknad fil finns och har den kontrollsumma som anges",
        "every listed payload file exists and has the digest listed",
    ),
    must(
        _S,
        "BAG-4",
        "tagmanifest-sha256.txt räknar upp exakt de fyra märkfilerna med deras kontrollsummor",
        "tagmanifest-sha256.txt lists exactly the four tag files with their digests",
    ),
    must(
        _S, "BAG-5", "bag-info.txt är exakt vad manifest.json ger", "bag-info.txt is exactly what manifest.json implies"
    ),
    must(
        _S,
        "BAG-6",
        "här finns inga andra filer än formatets, ingen symbolisk länk och ingen sökväg ut ur paketet",
        "there is no file but those of the format, no symbolic link, and no path that leaves the package",
    ),
    must(_S, "MAN-1", "manifest.json går att läsa enligt formatet", "manifest.json parses as the format's model"),
    must(_S, "MAN-2", "manifest.json är kanonisk JSON (RFC 8785)", "manifest.json is canonical JSON (RFC 8785)"),
    must(
        _S,
        "MAN-3",
        "payload anger filernas antal, storlek och kontrollsumman för manifest-sha256.txt",
        "payload states the number of files, their bytes, and the digest of manifest-sha256.txt",
    ),
    must(
        _S,
        "MAN-4",
        "package_id följer av insamling, spec och urval, och mappen bär det namnet",
        "package_id follows from capture, spec and selection, and the folder bears that name",
    ),
    must(
        _S,
        "MAN-5",
        "perioden börjar före sitt slut, på lokala midnatter, och heter efter sina datum",
        "the period starts before it ends, on local midnights, and is named after its dates",
    ),
    must(_S, "MAN-6", "paketet säger vad det inte kan visa", "the package says what it cannot show"),
    should(_S, "MAN-7", "specen vilar på ett beslut", "the spec rests on a decision"),
    must(
        _F,
        "TAB-1",
        "varje tabell finns i båda formerna, var och en i föreskriven form",
        "every table is there in both forms, each in the prescribed form",
    ),
    must(
        _F,
        "TAB-2",
        "Parquet och JSON Lines har samma rader i samma ordning",
        "Parquet and JSON Lines hold the same rows in the same order",
    ),
    must(_F, "TAB-3", "manifestet anger tabellens antal rader", "the manifest states the table's number of rows"),
    must(
        _F,
        "TAB-4",
        "manifestet anger Merkle-roten över tabellens rader",
        "the manifest states the Merkle root over the table's lines",
    ),
    must(_F, "TAB-5", "varje id förekommer en gång", "every id occurs once"),
    must(_F, "TAB-6", "varje rad hör till manifestets konto", "every row belongs to the manifest's account"),
    must(
        _F,
        "TAB-7",
        "raderna står i föreskriven ordning, och profilen har högst en rad",
        "rows stand in the prescribed order, and profile has one row at most",
    ),
    must(_F, "REF-1", "varje kommentar hör till ett inlägg", "every comment's post_id is a post"),
    must(
        _F,
        "REF-2",
        "varje kommentars parent_id är en kommentar i samma tråd, eller en lucka",
        "every comment's parent_id is a comment of the same post, or a gap names it",
    ),
    must(
        _F,
        "REF-3",
        "varje medium har en fil eller en lucka, aldrig båda, och filen är den som anges",
        "every medium has a file or a gap, never both, and the file is the one stated",
    ),
    must(
        _F,
        "REF-4",
        "varje medie-id finns i tabellen media, och varje mediums tråd är ett inlägg eller kontots sida",
        "every id of a medium is in the table of media, and every medium's thread is a post or the account's page",
    ),
    must(_F, "REF-5", "varje fil i data/media/ hör till ett medium", "every file in data/media/ is named by a medium"),
    must(
        _F,
        "REF-6",
        "objects.jsonl.gz har exakt ett objekt per rad i profile, posts, comments och versions",
        "objects.jsonl.gz holds exactly one object per row of profile, posts, comments and versions",
    ),
    must(
        _F,
        "REF-7",
        "varje lucka gäller kontot eller en bevarad tråd",
        "every gap names the account or a kept thread",
    ),
    must(
        _F,
        "REF-8",
        "varje tidigare lydelse hör till ett inlägg eller en kommentar som finns i paketet",
        "every earlier version is of a post or comment in the package",
    ),
    must(
        _F,
        "SEL-1",
        "bevarade, bortvalda och undantagna trådar är tillsammans ramens trådar",
        "kept, dropped and excluded threads add up to the frame",
    ),
    must(
        _F,
        "SEL-2",
        "frame_sha256 stämmer med urvalstabellens rader",
        "frame_sha256 follows from the rows of selection",
    ),
    must(
        _F,
        "SEL-3",
        "fröet följer av konto, period, ram och spec",
        "the seed follows from account, period, frame and spec",
    ),
    must(
        _F,
        "SEL-4",
        "selection_sha256 är kontrollsumman för selection.jsonl",
        "selection_sha256 is the digest of selection.jsonl",
    ),
    must(_F, "SEL-5", "de bevarade trådarna är exakt inläggen", "the kept threads are exactly the posts"),
    must(
        _F,
        "SEL-6",
        "ett nytt urval ur ram, spec och frö ger samma rader",
        "selecting again from frame, spec and seed gives the same rows",
    ),
    must(
        _F,
        "SEL-7",
        "by_rule anger hur många trådar varje regel nämnde",
        "by_rule counts the threads each rule named",
    ),
    must(
        _F,
        "CMP-1",
        "captured_count är trådens antal kommentarer i tabellen",
        "captured_count is the number of the thread's comments in the table",
    ),
    must(
        _F,
        "CMP-2",
        "platform_count är inläggets, och skillnaden och orsakerna stämmer",
        "platform_count is the post's, and the difference and the reasons add up",
    ),
    must(
        _F,
        "CMP-3",
        "manifestets fullständighet följer av tabellen",
        "the manifest's completeness follows from the table",
    ),
    must(_F, "CMP-4", "manifestets luckor följer av tabellen", "the manifest's gaps follow from the table"),
    must(
        _F,
        "SNP-1",
        "de namngivna volymerna är de PDF-filer som finns, och var och en är hel",
        "the volumes named are the PDF files present, and each is whole",
    ),
    must(
        _F,
        "SNP-2",
        "volymernas trådar är inläggen, var och en en gång",
        "the volumes' threads are the posts, each once",
    ),
    must(
        _F,
        "SNP-3",
        "index.html och varje tråds sida finns, med trådens alla kommentarer",
        "index.html and each thread's page exist, with all comments of the thread",
    ),
    must(
        _F,
        "SNP-4",
        "ingen HTML-sida har skript eller hämtar något utifrån",
        "no HTML page holds a script or loads anything from outside the package",
    ),
    must(
        _F,
        "SPC-1",
        "specfilen har angiven kontrollsumma, går att läsa och är manifestets",
        "the spec file has the digest stated, parses, and is the manifest's",
    ),
)
