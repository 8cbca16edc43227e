// SPDX-License-Identifier: Apache-2.0
#include "bench/people.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS (MODEL_YEARS * 365)
#define TWIN_MATERNITIES 0.016 // Office for National Statistics: 15.9 multiple maternities of 1,000 in 2012
#define DISTRICTS 3000         // outward codes
#define SECTORS 10             // of a district
#define UNITS 48               // of a sector: with the two above, about as many postcodes as England has
#define COMMUNITY_HOME 0.8     // of families of a smaller community live in its own eighth of the districts

struct people {
    struct name_model *names;
    struct random random;
    double second_forenames;
    // The family whose children are given out.
    enum community community;
    uint32_t family;
    char surname[MODEL_NAME_SIZE], postcode[16], address[64];
    int left;
    int birthday; // days since the model's first day
    bool twin;
};

err_t people_new(uint64_t seed, double second_forenames, struct people **out) {
    struct people *people = calloc(1, sizeof(*people));
    if (people == NULL) {
        return err_set(ERR_MEMORY, "no memory for the population");
    }
    people->random.state = seed;
    people->second_forenames = second_forenames;
    err_t err = name_model_new(&people->names);
    if (err != OK) {
        free(people);
        return err;
    }
    *out = people;
    return OK;
}

void people_free(struct people *people) {
    if (people != NULL) {
        name_model_free(people->names);
    }
    free(people);
}

static uint32_t pick_district(struct people *people) {
    uint32_t district = random_below(&people->random, DISTRICTS);
    bool at_home = people->community != COMMUNITY_ENGLISH && random_share(&people->random) < COMMUNITY_HOME;
    return at_home ? district - district % 8 + (uint32_t)people->community : district;
}

// The earlier half of the list is three times as frequent as the later.
static const char *pick_street(struct random *random) {
    static const char *const streets[] = {
        "High Street",      "Station Road",     "Church Lane",     "Park Road",        "Victoria Road",
        "London Road",      "Mill Lane",        "Green Lane",      "School Lane",      "Kings Road",
        "Queens Road",      "New Road",         "Manor Road",      "Grange Road",      "Albert Road",
        "York Road",        "Windsor Road",     "Chapel Lane",     "North Street",     "South View",
        "West Avenue",      "Oak Drive",        "Elm Grove",       "Cedar Close",      "Birch Avenue",
        "Hazel Close",      "Meadow Way",       "Orchard Close",   "The Crescent",     "Castle Street",
        "Bridge Street",    "George Street",    "Alexandra Road",  "Highfield Road",   "Woodlands Avenue",
        "Springfield Road", "Broadway",         "Cromwell Road",   "Nelson Street",    "Wellington Road",
        "Ash Close",        "Beech Road",       "Willow Drive",    "Maple Avenue",     "Poplar Road",
        "Sycamore Close",   "Lime Grove",       "Laburnum Road",   "Holly Close",      "Hawthorn Avenue",
        "Chestnut Road",    "Walnut Close",     "Rowan Way",       "Larch Road",       "Fairfield Road",
        "Riverside",        "Brook Street",     "Spring Lane",     "Well Lane",        "Pond Close",
        "Hill Road",        "Valley Road",      "Moor Lane",       "Field Lane",       "Farm Road",
        "Barn Close",       "Dale Road",        "Forest Road",     "Wood Lane",        "Grove Road",
        "Heath Road",       "Common Lane",      "Market Street",   "Union Street",     "Queen Street",
        "King Street",      "Princess Street",  "Duke Street",     "Norfolk Road",     "Suffolk Road",
        "Essex Road",       "Kent Road",        "Surrey Road",     "Sussex Road",      "Devon Road",
        "Cornwall Avenue",  "Dorset Road",      "Somerset Road",   "Lancaster Road",   "Derby Road",
        "Lincoln Road",     "Durham Road",      "Cambridge Road",  "Oxford Road",      "Warwick Road",
        "Stafford Road",    "Bath Road",        "Bristol Road",    "Leeds Road",       "Manchester Road",
        "Liverpool Road",   "Sheffield Road",   "Tennyson Avenue", "Byron Road",       "Shelley Close",
        "Milton Road",      "Shakespeare Road", "Dickens Close",   "Churchill Way",    "Gladstone Road",
        "Balfour Road",     "Salisbury Road",   "Clarence Road",   "Edward Street",    "William Street",
        "James Street",     "Charles Street",   "Henry Road",      "St Johns Road",    "St Marys Road",
        "Abbey Road",       "Priory Road",      "Vicarage Lane",   "Rectory Road",     "Bishop Street",
        "Canterbury Road",  "Gordon Road",      "Stanley Road",    "Carlton Road",     "Clifton Road",
        "Hamilton Road",    "Dudley Road",      "Ivy Lane",        "Juniper Close",    "Jubilee Road",
        "Kingfisher Way",   "Lakeside",         "Larkspur Way",    "Marlborough Road", "Northgate",
        "Osborne Road",     "Pembroke Road",    "Quarry Road",     "Rosemary Lane",    "Tower Road",
        "Upper Street",     "Vine Street",      "Waterloo Road",   "Yew Tree Close",   "Zion Street",
    };
    const uint32_t count = sizeof(streets) / sizeof(streets[0]);
    return streets[random_below(random, random_below(random, 4) == 0 ? count : count / 2)];
}

static void pick_home(struct people *people) {
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";
    struct random *random = &people->random;
    uint32_t district = pick_district(people);
    uint32_t unit = random_below(random, UNITS) * 8 + district % 8;
    snprintf(people->postcode, sizeof(people->postcode), "%c%c%u %u%c%c", letters[district / 25 % 20],
             letters[district / 25 / 20 * 3 % 20], district % 25 + 1, random_below(random, SECTORS),
             letters[unit / 20 % 20], letters[unit % 20]);
    snprintf(people->address, sizeof(people->address), "%u %s", random_below(random, 150) + 1, pick_street(random));
}

// Of families with children, about 44% have one, 41% two, 11% three, 4% four (Office for National Statistics, families
// and households, rounded).
static void next_family(struct people *people) {
    struct random *random = &people->random;
    double at = random_share(random);
    people->community = name_model_community(random);
    people->family++;
    people->left = at < 0.44 ? 1 : at < 0.85 ? 2 : at < 0.96 ? 3 : 4;
    people->birthday = (int)random_below(random, DAYS);
    people->twin = false;
    name_model_surname(people->names, people->community, random, people->surname);
    pick_home(people);
}

static void set_birthday(int days, struct person *out) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    out->year = MODEL_FIRST_YEAR + days / 365;
    out->day = days % 365 + 1;
    for (out->month = 1; out->day > lengths[out->month - 1]; out->month++) {
        out->day -= lengths[out->month - 1];
    }
}

void people_next(struct people *people, struct person *out) {
    struct random *random = &people->random;
    if (people->left == 0 && !people->twin) {
        next_family(people);
    }
    bool second_twin = people->twin;
    people->twin = !second_twin && random_share(random) < TWIN_MATERNITIES;
    people->left -= second_twin ? 0 : 1;
    set_birthday(people->birthday, out);
    out->community = people->community;
    out->family = people->family;
    snprintf(out->name.surname, sizeof(out->name.surname), "%s", people->surname);
    name_model_child(people->names, people->community, out->year, random_below(random, 1000) >= 512, random,
                     &out->name);
    if (random_share(random) >= people->second_forenames) {
        out->name.second[0] = '\0';
    }
    memcpy(out->postcode, people->postcode, sizeof(out->postcode));
    memcpy(out->address, people->address, sizeof(out->address));
    if (!people->twin) {
        people->birthday = (people->birthday + 365 + (int)random_below(random, 1500)) % DAYS;
    }
}

err_t person_identity(const struct person *person, struct identity *out) {
    char forenames[2 * MODEL_NAME_SIZE];
    char date[32];
    snprintf(forenames, sizeof(forenames), "%s %s", person->name.first, person->name.second);
    snprintf(date, sizeof(date), "%04d-%02d-%02d", person->year, person->month, person->day);
    const char *texts[IDENTITY_FIELD_COUNT] = {forenames, person->name.surname, date,           "",
                                               "",        person->postcode,     person->address};
    err_t err = OK;
    for (size_t i = 0; i < IDENTITY_FIELD_COUNT && err == OK; i++) {
        err = identity_set(out, (enum identity_field)i, texts[i]);
    }
    return err;
}
