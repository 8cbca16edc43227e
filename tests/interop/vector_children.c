// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/vector_children.h"

// Numbers begin 999, which is kept for tests. Letters beyond ASCII are written by their code, so that composed and
// decomposed forms can be told apart.
const struct vector_child vector_children[] = {
    // Every slot, and each slot alone.
    {"every slot", "Katie", "Smith", "2014-03-09", "9990000018", "H801200001001"},
    {"the same child as people write", " KATIE ", "smith", "9/3/2014", "999 000 0018", "h8012-0000-1001"},
    {"an NHS number alone", "", "", "", "999-000-0026", ""},
    {"a UPN alone", "", "", "", "", "H801200001001"},
    {"a temporary UPN", "", "", "", "", "U80120000100A"},
    {"ten equal digits are nobody's number", "Tom", "Hall", "2011-07-01", "1111111111", ""},
    {"words for a missing identifier", "Tom", "Hall", "2011-07-01", "N/K", "unknown"},

    // Dates.
    {"day and month sorted", "Freya", "Brown", "12.01.2013", "", ""},
    {"a leap day", "Ali", "Shah", "29-02-2016", "", ""},
    {"the date that systems store for none", "Ali", "Shah", "1900-01-01", "9990000034", ""},
    {"a date that is tbc", "Ali", "Shah", "TBC", "9990000034", ""},

    // Titles, suffixes, placeholders, newborns.
    {"a title and a suffix", "Master Alexander James", "Taylor Jnr", "2007-03-03", "", ""},
    {"a title that is the only name", "Lady", "Baker", "2007-03-04", "", ""},
    {"a newborn", "Baby Girl 2", "Jones", "2020-02-02", "9990000042", ""},
    {"a newborn with a name", "Twin B Amira", "Hussain", "2020-02-03", "", ""},
    {"a newborn of its mother", "Baby of Sarah", "Green", "2020-02-04", "9990000050", ""},
    {"a newborn by its family's name", "Baby Wood", "Wood", "2020-02-05", "9990000069", ""},
    {"a placeholder", "Not known", "Wright", "2010-10-10", "9990000077", ""},

    // Parts that records add or leave out, and double surnames.
    {"an honorific in the surname", "Jagdeep", "Singh Sandhu", "2012-02-29", "", ""},
    {"the same child without", "Jagdeep", "Sandhu", "2012-02-29", "", ""},
    {"an honorific for a second forename", "Simran Kaur", "Gill", "2016-10-02", "", ""},
    {"honorifics alone", "Bibi", "Kaur Singh", "2016-10-03", "", ""},
    {"a title of descent", "Syed Hamza", "Shah", "2016-10-04", "", ""},
    {"Mohammed before a forename", "Muhammad Bilal", "Hussain", "2009-12-01", "", ""},
    {"the same child without Mohammed", "Bilal", "Hussain", "2009-12-01", "", ""},
    {"the same child by Mohammed alone", "Mohd.", "Hussain", "2009-12-01", "", ""},
    {"the last half of a double surname", "Erin", "Jones", "2015-12-24", "", ""},
    {"the first half", "Erin", "Smith", "2015-12-24", "", ""},
    {"both halves", "Erin", "Smith Jones", "2015-12-24", "", ""},
    {"a double surname with a short end", "Mei", "Chan-Li", "2015-12-23", "", ""},
    {"a short surname", "Mei", "Ng", "2015-12-23", "", ""},
    {"names of two letters", "Bo", "Xu", "2015-12-22", "", ""},

    // Latin letters, accents, apostrophes, hyphens.
    {"an apostrophe", "Niamh", "O'Brien", "2012-05-06", "", ""},
    {"a typographic apostrophe", "Niamh", "O\u2019BRIEN", "2012-05-06", "", ""},
    {"a full-width name", "\uff2e\uff49\uff41\uff4d\uff48", "\uff2f\uff07\uff22\uff52\uff49\uff45\uff4e", "2012-05-06",
     "", ""},
    {"a hyphen", "Anne-Marie", "Smith-Jones", "2015-12-24", "", ""},
    {"composed accents", "Zo\u00eb Ana\u00efs", "Ren\u00e9", "2013-08-17", "", ""},
    {"decomposed accents", "Zoe\u0308 Anai\u0308s", "Rene\u0301", "2013-08-17", "", ""},
    {"letters without a decomposition", "Thorbj\u00f8rn \u00c6sa", "Wei\u00dfm\u00fcller", "2018-04-25", "", ""},
    {"capitals of those letters", "THORBJ\u00d8RN \u00c6SA", "WEI\u1e9eM\u00dcLLER", "2018-04-25", "", ""},
    {"Polish", "\u0141ukasz", "Wi\u015bniewski", "2013-11-04", "", ""},
    {"Romanian, with cedilla and comma", "\u0218tefan", "P\u0103unescu-\u0162urcanu", "2010-08-16", "", ""},
    {"Turkish", "I\u015f\u0131l", "\u0130nce", "2011-09-09", "", ""},
    {"Vietnamese", "Nguy\u1ec5n Th\u1ecb", "\u0110\u1eb7ng", "2016-06-16", "", ""},
    {"Yoruba", "Ol\u00fawas\u00e9un", "Ad\u00e9b\u00e1y\u1ecd\u0300", "2015-07-21", "", ""},
    {"Igbo", "Chukwuem\u1ecb", "\u1eccka", "2015-07-22", "", ""},
    {"Hawaiian and Maltese", "Ka\u02bbiulani", "\u0126a\u0121ar", "2015-07-23", "", ""},
    {"Croatian digraphs as one letter", "\u01c4ana", "\u01c9ubi\u0107", "2015-07-24", "", ""},
    {"invisible characters", "Ja\u00adck\u200b", "Hi\u2060ll\ufeff", "2015-07-25", "", ""},
    {"digits and signs split names", "Jo3Ann", "Hill/Ward (2)", "2015-07-26", "", ""},

    // Other scripts.
    {"Cyrillic", "\u0410\u043d\u043d\u0430", "\u0419\u043e\u0440\u0434\u0430\u043d\u043e\u0432\u0430", "2014-09-13", "",
     ""},
    {"Greek with a final sigma", "\u0391\u03bb\u03ad\u03be\u03b1\u03bd\u03b4\u03c1\u03bf\u03c2",
     "\u03a0\u0391\u03a0\u0391\u03a3", "2014-09-14", "", ""},
    {"Armenian", "\u0531\u0580\u0561\u0574", "\u0544\u056f\u0580\u057f\u0579\u0575\u0561\u0576", "2014-09-15", "", ""},
    {"Georgian capitals", "\u1c9c\u1c98\u1c9c\u1c9d", "\u1c99\u1c90\u1c9e\u1c90\u1c9c\u1c90\u1c9d\u1c90", "2014-09-16",
     "", ""},
    {"Arabic with vowel points", "\u0645\u064f\u062d\u064e\u0645\u0651\u062f", "\u0639\u0644\u0640\u0640\u064a",
     "2019-12-31", "", ""},
    {"Arabic without", "\u0645\u062d\u0645\u062f", "\u0639\u0644\u064a", "2019-12-31", "", ""},
    {"Persian with a non-joiner", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u06a9\u0631\u06cc\u0645\u06cc",
     "2019-12-30", "", ""},
    {"Hebrew with points", "\u05e9\u05b8\u05c2\u05e8\u05b8\u05d4", "\u05db\u05b9\u05bc\u05d4\u05b5\u05df", "2017-02-01",
     "", ""},
    {"Devanagari", "\u092a\u094d\u0930\u093f\u092f\u093e", "\u0936\u0930\u094d\u092e\u093e", "2017-02-02", "", ""},
    {"Bengali", "\u09b0\u09b9\u09bf\u09ae", "\u099a\u09cc\u09a7\u09c1\u09b0\u09c0", "2017-02-03", "", ""},
    {"Tamil", "\u0b95\u0bb5\u0bbf\u0ba4\u0bbe", "\u0b9a\u0bc6\u0bb2\u0bcd\u0bb5\u0bae\u0bcd", "2017-02-04", "", ""},
    {"Thai", "\u0e2a\u0e21\u0e0a\u0e32\u0e22", "\u0e43\u0e08\u0e14\u0e35", "2017-02-05", "", ""},
    {"Chinese", "\u4f1f", "\u738b", "2012-07-07", "", ""},
    {"Chinese beyond the first plane", "\U00020bb7", "\u738b", "2012-07-08", "", ""},
    {"Japanese, half-width", "\uff8a\uff85\uff7a", "\u7530\u4e2d", "2012-07-09", "", ""},
    {"Korean", "\uc9c0\uc6b0", "\uae40", "2012-07-10", "", ""},
    {"Amharic", "\u12a0\u1260\u1260", "\u1260\u1240\u1208", "2012-07-11", "", ""},
    {"Cherokee, folded to capitals", "\uab76\u13f8", "\u13e3\u13b3\u13a9", "2012-07-12", "", ""},
    {"two scripts in one name", "Wei \u4f1f", "Wang", "2012-07-13", "", ""},

    // Refused.
    {"a wrong check digit", "Tom", "Hall", "2011-07-01", "9990000019", ""},
    {"nine digits", "Tom", "Hall", "2011-07-01", "999000001", ""},
    {"a wrong check letter", "Tom", "Hall", "2011-07-01", "", "A801200001001"},
    {"a day that is not in the calendar", "Tom", "Hall", "2015-02-29", "", ""},
    {"a year of two digits", "Tom", "Hall", "1/7/11", "", ""},
    {"a date of another order", "Tom", "Hall", "07/31/2011", "", ""},
    {"two separators in a date", "Tom", "Hall", "1/7-2011", "", ""},
    {"a name of 64 bytes", "Abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl", "Hall", "2011-07-01", "",
     ""},
    {"17 names", "a b c d e f g h i j k l m n o p q", "Hall", "2011-07-01", "", ""},
    {"too few details", "Tom", "", "2011-07-01", "", ""},
    {"no details", "unknown", "unknown", "", "", ""},
};
const size_t vector_child_count = sizeof vector_children / sizeof vector_children[0];

const char *const vector_sounds[] = {
    "smith",    "smythe",    "schmidt",  "macdonald", "mcdonald", "knight",      "nite",      "phillips",
    "pfister",  "schultz",   "evans",    "brown",     "browne",   "watkins",     "lee",       "leigh",
    "bertie",   "rushworth", "campbell", "hughes",    "mckenzie", "wright",      "bailey",    "bayley",
    "kowalski", "oluwaseun", "xinyi",    "nguyen",    "zhang",    "szczepaniak", "schwarzer", "aa",
    "a",        "s",         "as",       "ay",        "iqbal",    "ahmed",       "whitehead", "brandt",
};
const size_t vector_sound_count = sizeof vector_sounds / sizeof vector_sounds[0];
