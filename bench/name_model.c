// SPDX-License-Identifier: Apache-2.0
#include "bench/name_model.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/name_curves.h"
#include "bench/name_lists.h"

// Births by rank of forename, England and Wales 2008 to 2024 together, per 10,000, rounded from the counts that the
// Office for National Statistics publishes for every name. Used within every community, for lack of other figures.
static const struct curve_point boys_curve[] = {{1, 185},    {5, 128},    {10, 111},   {20, 82},
                                                {50, 39},    {100, 19.4}, {200, 8.8},  {500, 2.4},
                                                {1000, 0.9}, {2000, 0.3}, {5000, 0.1}, {0, 0}};
static const struct curve_point girls_curve[] = {{1, 149},    {5, 97},     {10, 89},    {20, 67},
                                                 {50, 36},    {100, 18.6}, {200, 8.7},  {500, 3},
                                                 {1000, 1.2}, {2000, 0.5}, {5000, 0.1}, {0, 0}};

// Bearers per million by rank of surname, Great Britain, rounded: ranks above 15 as they stand in tables of leading
// surnames, the others as quoted from the surname profiler of University College London (electoral register of 1998).
static const struct curve_point english_curve[] = {
    {1, 12500}, {2, 9500},   {3, 7000},  {10, 4000}, {15, 3523}, {49, 2082}, {128, 942}, {390, 420}, {563, 288},
    {788, 206}, {1318, 146}, {1942, 86}, {2534, 63}, {4605, 30}, {11886, 9}, {16554, 5}, {0, 0}};
// K. Tucker, Nomina 27 (2004), counts the leading new surnames of the electoral register of 1998. The curves of the
// next four follow that count; the last three are assumptions of the same kind.
static const struct curve_point south_muslim_curve[] = {{1, 780}, {2, 770}, {3, 640},  {5, 520},    {7, 300}, {10, 180},
                                                        {20, 80}, {50, 25}, {100, 10}, {1000, 0.5}, {0, 0}};
static const struct curve_point hindu_curve[] = {{1, 1800}, {2, 230}, {3, 150},  {5, 110},    {10, 70},
                                                 {20, 40},  {50, 20}, {100, 10}, {1000, 0.5}, {0, 0}};
static const struct curve_point sikh_curve[] = {{1, 1300}, {2, 1100}, {3, 300}, {5, 140},    {10, 90},
                                                {20, 50},  {50, 15},  {100, 6}, {1000, 0.4}, {0, 0}};
static const struct curve_point chinese_curve[] = {{1, 600},  {2, 580}, {3, 390}, {4, 300}, {8, 250},
                                                   {20, 120}, {50, 40}, {200, 2}, {0, 0}};
static const struct curve_point arabic_curve[] = {{1, 450}, {3, 400}, {10, 120},   {30, 60},
                                                  {60, 30}, {300, 5}, {2000, 0.3}, {0, 0}};
static const struct curve_point european_curve[] = {{1, 60},   {10, 30},     {50, 12}, {100, 6},
                                                    {1000, 1}, {10000, 0.1}, {0, 0}};
static const struct curve_point west_african_curve[] = {{1, 100},    {10, 60},    {50, 25}, {100, 12},
                                                        {1000, 1.5}, {5000, 0.2}, {0, 0}};

// Names beyond the lists, made of parts that real names are made of.
static const struct syllables english_boys_tail = {
    "kay jay bray zay ray tay jax dax max az el al ar bo bro ca cal con da de du ed fin gar gra har hen hol ja ken la "
    "lan lo mar mal nor os pa pre qui ro rus sam sha tal ty val wil wes zan",
    "den son ton ley lan win vin ric mar lo rik vern mond ford well ce cen ler der bert", "- -james -lee -jay"};
static const struct syllables english_girls_tail = {
    "el al ar am an bel bri ca car ce ch co da de em ev fa fl ga gra ha is ja jo ka kay la lea li lo lu ma may me mi "
    "na "
    "ni or pa ro ru sa sh si so ta te ti va wi",
    "ie ella issa ara een ina elle anna ora ia leigh lyn nah isa ena iah ette osie", "- -rose -mae -grace"};
static const struct syllables english_surname_tail = {
    "ash bar beck black bram brad brank brun bur carl chat clay cole copp cor cran cul dal den down drax dun east eg "
    "el fair far fen flax frank gal gar gold grant hal ham han har hart hat haw hay hen her hol hor hough hunt ken kil "
    "kin kirk lam lang lay lin lud mad mal mar mel mid mil mor oak old os pad pen pick pin pos pres ram red rich rock "
    "ros rud sal san sax shar shef shel sher shut sil stan stock strat sut swin thorn thur till tren tur under up wal "
    "war wat weather wel west whit wick wil win wood wool wor york mac mc o'",
    "bourne bridge brook bury by combe cott croft dale don ell field fold gate grave ham hurst ing ington ingham kins "
    "land ley low man mere more ney pole ridge rop sett shaw side stead stone stow ter thorpe ton tree wall way well "
    "wick worth yard",
    "- e s"};
static const struct syllables south_muslim_tail = {
    "za sha ra na mu fa ha ja ka la ma sa ta wa ya zu ri ay ar an ze as ah",
    "hid rim ed an in mir seen fiq ir ina ima isha eel iya ood zan keel bir", "- a ah"};
static const struct syllables hindu_tail = {
    "aa adi an ar bha chi de dha ga har ja ka kri la ma me na ni pra ra ri sa shi su ta va vi ya",
    "nav rav esh ita ika mit shi nya jal lini raj deep vi yan dhi", "- a h"};
static const struct syllables sikh_tail = {"gur har jas man raj sim am bal dal ran sukh nav par tar jag kul",
                                           "preet deep jit vir leen want inder meet mandeep bir pal jot", "- a o"};
static const struct syllables arabic_tail = {
    "ab al am ay ba fa ha hu ib ja ka kha la ma mu na ou ra sa sha su ta wa ya za zu",
    "dir med san lid mal far man ser wan yan bir rah im ud een iya nab hem", "- a i"};
static const struct syllables european_tail = {"ad bar bog ces dan dom ew fil grz ig jar kal kon kry lau leo lub mar "
                                               "mil nor ol pat rad raf ro sla ste tad wal wit zbi",
                                               "ek ian ica ina ius os awa ena omir ola eta ana isz ar ela", "- a ska"};
static const struct syllables european_surname_tail = {
    "bal bar bed bia bor bro chm cze dom dra dud fil gaj gal gol gra jar jas kac kal kar kas kob kol kos kra kub kur "
    "lis "
    "mac mal mar maz mik mro nie ol ord pap pie plo pol rad rat rog sad sik sko sob sok sta sur swi szc tka tom tur "
    "urb wal wil wit zab zar",
    "ak cki inski owski czyk ek ik escu eanu ov ewicz ka an ar", "- a"};
static const struct syllables chinese_tail = {
    "zi yi xin yu jia hao jun ming rui wen xiao yan zhi han si chen bo li mei ling wai kin ho sze",
    "han xuan chen yang ting lin rui jie wen yi fei hong qi min tong yu wei man ying kit", "- -"};
static const struct syllables west_african_tail = {
    "ade olu ola ayo tolu temi ife chi eze nna obi ugo kwa nana osei ama mama fatu ibi simi dami bolu tobi",
    "tunde wale kemi bola sola dayo funmi tayo nedu amaka ka ma ike dinma yemi shola ne ra bi", "- a"};

struct community_rule {
    double share; // of all children
    const char *boys, *girls, *surnames;
    const struct curve_point *surname_curve;
    const struct syllables *boys_tail, *girls_tail, *surname_tail;
    double second_forename; // share of children
    double mohammed;        // boys whose first forename is Mohammed, nearly always before a second
};

// Shares follow the pupils of state schools in England in 2024/25 by ethnic group (Department for Education: Pakistani
// 4.7%, Bangladeshi 1.8%, Indian 4.2%, Black African 5.2%, Chinese 0.8%, Any other White about 7%), set against
// communities of names by judgement. Second forenames: 80% of children (Ancestry, 2013), fewer where the custom
// differs.
static const struct community_rule communities[COMMUNITY_COUNT] = {
    [COMMUNITY_ENGLISH] = {0.771, english_boys, english_girls, english_surnames, english_curve, &english_boys_tail,
                           &english_girls_tail, &english_surname_tail, 0.85, 0},
    [COMMUNITY_EUROPEAN] = {0.050, european_boys, european_girls, european_surnames, european_curve, &european_tail,
                            &european_tail, &european_surname_tail, 0.35, 0},
    [COMMUNITY_SOUTH_MUSLIM] = {0.065, south_muslim_boys, south_muslim_girls, south_muslim_surnames, south_muslim_curve,
                                &south_muslim_tail, &south_muslim_tail, &south_muslim_tail, 0.40, 0.28},
    [COMMUNITY_HINDU] = {0.030, hindu_boys, hindu_girls, hindu_surnames, hindu_curve, &hindu_tail, &hindu_tail,
                         &hindu_tail, 0.40, 0},
    [COMMUNITY_SIKH] = {0.012, sikh_boys, sikh_girls, sikh_surnames, sikh_curve, &sikh_tail, &sikh_tail, &sikh_tail,
                        0.60, 0},
    [COMMUNITY_ARABIC] = {0.030, arabic_boys, arabic_girls, arabic_surnames, arabic_curve, &arabic_tail, &arabic_tail,
                          &arabic_tail, 0.35, 0.15},
    [COMMUNITY_WEST_AFRICAN] = {0.034, west_african_boys, west_african_girls, west_african_surnames, west_african_curve,
                                &west_african_tail, &west_african_tail, &west_african_tail, 0.80, 0},
    [COMMUNITY_CHINESE] = {0.008, chinese_boys, chinese_girls, chinese_surnames, chinese_curve, &chinese_tail,
                           &chinese_tail, &chinese_tail, 0.25, 0},
};

// Of families with English names. There is no official count; this is an assumption.
#define DOUBLE_BARRELLED_SHARE 0.05
// A forename's popularity swings by this factor up and down over the birth years.
#define SWING 1.6
#define FORENAMES_MAX 5000
#define SURNAMES_MAX 20000

struct names { // a list and what is beyond it, with cumulated shares
    char (*name)[32];
    size_t count;
    double *until; // cumulated; for forenames, one row a birth year
};

struct name_model {
    struct names boys[COMMUNITY_COUNT], girls[COMMUNITY_COUNT], surnames[COMMUNITY_COUNT];
};

static void add_names(struct names *names, size_t most, const char *list) {
    while (*list != '\0' && names->count < most) {
        size_t len = strcspn(list, " ");
        snprintf(names->name[names->count++], sizeof(names->name[0]), "%.*s", (int)len, list);
        list += len + (list[len] == ' ');
    }
}

static void fill_names(struct names *names, size_t most, const char *list, const struct syllables *tail) {
    add_names(names, most, list);
    if (list == english_surnames) {
        add_names(names, most, more_english_surnames);
    }
    for (size_t i = 0; names->count < most && syllables_name(tail, i, names->name[names->count], 32); i++) {
        names->count++;
    }
}

// A name's swing has a phase of its own, drawn from its spelling.
static double swing(const char *name, int year) {
    uint64_t hash = 0xCBF29CE484222325U;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * 0x100000001B3U;
    }
    struct random random = {hash};
    double phase = random_share(&random);
    return exp(log(SWING) * sin(2 * 3.14159265358979 * ((double)year / 30 + phase)));
}

static err_t names_new(struct names *names, size_t most, size_t years, const char *list,
                       const struct curve_point *curve, const struct syllables *tail) {
    names->name = calloc(most, sizeof(names->name[0]));
    names->until = calloc(most * years, sizeof(double));
    if (names->name == NULL || names->until == NULL) {
        return err_set(ERR_MEMORY, "no memory for the names");
    }
    fill_names(names, most, list, tail);
    for (size_t year = 0; year < years; year++) {
        double sum = 0;
        for (size_t i = 0; i < names->count; i++) {
            double factor = years == 1 ? 1 : swing(names->name[i], (int)year);
            sum += curve_at(curve, (double)(i + 1)) * factor;
            names->until[year * names->count + i] = sum;
        }
    }
    return OK;
}

static const char *pick(const struct names *names, size_t year, struct random *random) {
    const double *until = names->until + year * names->count;
    double at = random_share(random) * until[names->count - 1];
    size_t low = 0;
    size_t high = names->count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (until[middle] <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return names->name[low];
}

err_t name_model_new(struct name_model **out) {
    struct name_model *model = calloc(1, sizeof(*model));
    err_t err = model == NULL ? err_set(ERR_MEMORY, "no memory for the names") : OK;
    for (size_t i = 0; i < COMMUNITY_COUNT && err == OK; i++) {
        const struct community_rule *rule = &communities[i];
        err = names_new(&model->boys[i], FORENAMES_MAX, MODEL_YEARS, rule->boys, boys_curve, rule->boys_tail);
        if (err == OK) {
            err = names_new(&model->girls[i], FORENAMES_MAX, MODEL_YEARS, rule->girls, girls_curve, rule->girls_tail);
        }
        if (err == OK) {
            err = names_new(&model->surnames[i], SURNAMES_MAX, 1, rule->surnames, rule->surname_curve,
                            rule->surname_tail);
        }
    }
    if (err != OK) {
        name_model_free(model);
        return err;
    }
    *out = model;
    return OK;
}

static void names_free(struct names *names) {
    free(names->name);
    free(names->until);
}

void name_model_free(struct name_model *model) {
    for (size_t i = 0; model != NULL && i < COMMUNITY_COUNT; i++) {
        names_free(&model->boys[i]);
        names_free(&model->girls[i]);
        names_free(&model->surnames[i]);
    }
    free(model);
}

enum community name_model_community(struct random *random) {
    double at = random_share(random);
    for (int i = 0; i < COMMUNITY_COUNT - 1; i++) {
        at -= communities[i].share;
        if (at < 0) {
            return (enum community)i;
        }
    }
    return COMMUNITY_COUNT - 1;
}

void name_model_double_surname(const struct name_model *model, struct random *random, char out[MODEL_NAME_SIZE]) {
    const struct names *names = &model->surnames[COMMUNITY_ENGLISH];
    const char *first = pick(names, 0, random);
    snprintf(out, MODEL_NAME_SIZE, "%s-%s", first, pick(names, 0, random));
}

void name_model_surname(const struct name_model *model, enum community community, struct random *random,
                        char out[MODEL_NAME_SIZE]) {
    if (community == COMMUNITY_ENGLISH && random_share(random) < DOUBLE_BARRELLED_SHARE) {
        name_model_double_surname(model, random, out);
    } else {
        snprintf(out, MODEL_NAME_SIZE, "%s", pick(&model->surnames[community], 0, random));
    }
}

static const char *mohammed(struct random *random) {
    static const struct {
        const char *spelling;
        double until;
    } spellings[] = {{"muhammad", 0.40}, {"mohammed", 0.72}, {"mohammad", 0.85}, {"muhammed", 0.91}, {"mohamed", 1}};
    double at = random_share(random);
    size_t i = 0;
    while (spellings[i].until <= at) {
        i++;
    }
    return spellings[i].spelling;
}

// Singh is a boy's name and Kaur a girl's; Begum, Bibi and Khatun are girls' names, for which a boy's family has
// another.
static void fit_surname(const struct name_model *model, enum community community, bool girl, struct random *random,
                        char surname[MODEL_NAME_SIZE]) {
    static const char *const for_girls[] = {"begum", "bibi", "khatun", "khatoon", "akter", "parveen", "bano", "kausar"};
    if (community == COMMUNITY_SIKH && (strcmp(surname, "singh") == 0 || strcmp(surname, "kaur") == 0)) {
        snprintf(surname, MODEL_NAME_SIZE, "%s", girl ? "kaur" : "singh");
    }
    bool again = community == COMMUNITY_SOUTH_MUSLIM && !girl;
    while (again) {
        again = false;
        for (size_t i = 0; i < sizeof(for_girls) / sizeof(for_girls[0]); i++) {
            again = again || strcmp(surname, for_girls[i]) == 0;
        }
        if (again) {
            snprintf(surname, MODEL_NAME_SIZE, "%s", pick(&model->surnames[community], 0, random));
        }
    }
}

void name_model_child(const struct name_model *model, enum community community, int year, bool girl,
                      struct random *random, struct model_name *name) {
    const struct community_rule *rule = &communities[community];
    const struct names *names = girl ? &model->girls[community] : &model->boys[community];
    size_t row = (size_t)(year - MODEL_FIRST_YEAR);
    bool is_mohammed = !girl && random_share(random) < rule->mohammed;
    bool has_second = random_share(random) < (is_mohammed ? 0.85 : rule->second_forename);
    fit_surname(model, community, girl, random, name->surname);
    snprintf(name->first, sizeof(name->first), "%s", is_mohammed ? mohammed(random) : pick(names, row, random));
    name->second[0] = '\0';
    if (has_second && community == COMMUNITY_SIKH) {
        snprintf(name->second, sizeof(name->second), "%s", girl ? "kaur" : "singh");
    } else if (has_second) {
        snprintf(name->second, sizeof(name->second), "%s", pick(names, row, random));
    }
}
