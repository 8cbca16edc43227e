// SPDX-License-Identifier: Apache-2.0
#include "indexd/settings.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/config.h"
#include "proto/limits.h"

#define AT(field) offsetof(struct settings, field)
#define ALERT_KEY(name, number, fallback, max, help)                                                                   \
    { "alert_" name, CONFIG_NUMBER, AT(alerts) + (number) * sizeof(int64_t), fallback, 0, max, help }

const struct config_key settings_keys[] = {
    DAEMON_KEYS,
    {"store", CONFIG_PATH, AT(store), NULL, 0, 0, "The folder that indexctl init makes: journal, database, pepper."},
    {"control", CONFIG_PATH, AT(control), NULL, 0, 0, "The Unix socket for indexctl."},
    {"map_size_gib", CONFIG_NUMBER, AT(map_size_gib), "64", 1, 4096,
     "Size of the database map in GiB: address space, and the most that the database can grow to."},
    {"batch_children", CONFIG_NUMBER, AT(batch_children), "4096", 1, 65536,
     "Children decided together before one write to disk."},
    {"feed_fresh_days", CONFIG_NUMBER, AT(feed_fresh_days), "7", 1, 366,
     "Days after which an agency's feed no longer counts as up to date."},
    {"lapse_days", CONFIG_NUMBER, AT(lapse_days), "400", 1, 3660,
     "Days after which an involvement that is not renewed lapses and counts as ended, rounded up to a quarter."},
    {"keep_days", CONFIG_NUMBER, AT(keep_days), "1096", 0, 36525,
     "Days for which an involvement that lapsed or ended is kept, rounded up to quarters; then it is removed."},
    {"police_agencies", CONFIG_TEXT, AT(police_agencies), "", 0, 0,
     "Ids of agencies, with commas between, whose questions and records a child's right of access does not show unless "
     "two officers sign."},
    {"checkpoint_interval_s", CONFIG_NUMBER, AT(checkpoint_interval_s), "60", 1, 86400,
     "Seconds between the heads of the journal that are signed and submitted to the key holders."},
    {"cosign_alarm_s", CONFIG_NUMBER, AT(cosign_alarm_s), "900", 1, 604800,
     "Seconds without enough cosignatures on the journal's head, after which the log raises an alarm."},
    {"connect_to", CONFIG_TEXT, AT(connect_to), "", 0, 0,
     "Where to find key holders instead of their addresses: HOST:PORT:HOST:PORT, separated by commas."},
    BUDGET_KEY(person, "children_hour", LIMIT_CHILDREN_HOUR, "100", "Children that a person may ask about in an hour."),
    BUDGET_KEY(person, "children_day", LIMIT_CHILDREN_DAY, "400", "Children that a person may ask about in a day."),
    BUDGET_KEY(person, "questions_day", LIMIT_QUESTIONS_DAY, "300",
               "Questions (each of one child or many) a day, at which a person is blocked."),
    BUDGET_KEY(person, "no_day", LIMIT_NO_DAY, "200", "Answers \"no\" a day, at which a person is blocked."),
    BUDGET_KEY(person, "unregistered_day", LIMIT_UNREGISTERED_DAY, "0",
               "Children of whom the agency has no record, at which a person is blocked."),
    BUDGET_KEY(person, "reserve_day", LIMIT_RESERVE_DAY, "10",
               "Children a day that a person may ask about for section 47 beyond all limits."),
    BUDGET_KEY(agency, "children_hour", LIMIT_CHILDREN_HOUR, "10000",
               "Children that an agency, with all its people, may ask about in an hour."),
    BUDGET_KEY(agency, "children_day", LIMIT_CHILDREN_DAY, "50000", "The same in a day."),
    BUDGET_KEY(agency, "questions_day", LIMIT_QUESTIONS_DAY, "50000",
               "Questions a day at which an agency is blocked, with all its people."),
    BUDGET_KEY(agency, "no_day", LIMIT_NO_DAY, "30000", "Answers \"no\" a day at which an agency is blocked."),
    BUDGET_KEY(agency, "unregistered_day", LIMIT_UNREGISTERED_DAY, "20000",
               "Children of whom it has no record, asked about in a day, at which an agency is blocked."),
    BUDGET_KEY(agency, "reserve_day", LIMIT_RESERVE_DAY, "200",
               "Children a day that an agency may ask about for section 47 beyond all limits."),
    ALERT_KEY("volume", ALERT_VOLUME, "2000", LIMIT_MAX,
              "Children in an hour, by one person or an agency's system, beyond which it is alerted; 0: never, as for "
              "each of these."),
    ALERT_KEY("unusual_volume", ALERT_UNUSUAL, "10", LIMIT_MAX,
              "The same, as a multiple of the mean of the hours with questions in the 7 days before; from 20 children "
              "on."),
    ALERT_KEY("no_in_a_row", ALERT_NO, "40", LIMIT_MAX, "Answers \"no\" in a row to one asker, alerted."),
    ALERT_KEY("asked_by_many", ALERT_MANY, "8", LIMIT_MAX, "Agencies that ask about one child in a day, alerted."),
    ALERT_KEY("asked_again", ALERT_AGAIN, "10", LIMIT_MAX,
              "Times that one asker asks about one child in a day, alerted."),
    ALERT_KEY("withdraw_hours", ALERT_WITHDRAW, "24", 168,
              "Hours within which the withdrawal of a record is alerted, from its opening."),
    ALERT_KEY("guesses", ALERT_GUESSES, "6", 32,
              "Questions in an hour that differ in one detail from an earlier one of the same asker, alerted."),
    ALERT_KEY(
        "hours_to", ALERT_HOURS, "0", 24,
        "The hour (UTC) at which people's working hours end; a question outside is alerted. 0: at any hour all is "
        "well."),
    ALERT_KEY("hours_from", ALERT_HOURS_FROM, "6", 23, "The hour (UTC) at which they begin."),
    ALERT_KEY("weekdays", ALERT_WEEKDAYS, "5", 7, "Days of work in a week, from Monday on."),
    {"check_first", CONFIG_SWITCH, AT(check_first), "no", 0, 0,
     "Whether the whole journal and database are read before the first answer (about a second a million rows), rather "
     "than beside the first answers. Either way damage ends all answers."},
};
const size_t settings_key_count = sizeof settings_keys / sizeof settings_keys[0];

const struct daemon_path settings_paths[] = {
    DAEMON_PATHS,
    {DAEMON_AT(deny), CONFINE_REPLACE},
    {AT(store), CONFINE_FOLDER},
    {AT(control), CONFINE_SOCKET},
};
const size_t settings_path_count = sizeof settings_paths / sizeof settings_paths[0];
const unsigned settings_calls = CONFINE_SERVE | CONFINE_STORE | CONFINE_CONNECT;

err_t settings_load(const char *path, struct settings *out) {
    *out = (struct settings){0};
    err_t err = config_load(path, settings_keys, settings_key_count, out);
    if (err) {
        settings_free(out);
    }
    return err;
}

void settings_free(struct settings *settings) {
    config_free(settings_keys, settings_key_count, settings);
}

struct engine_settings settings_engine(const struct settings *settings) {
    return (struct engine_settings){
        .store = settings->store,
        .map_size = settings->map_size_gib << 30,
        .batch_max = settings->batch_children,
        .lapse_days = settings->lapse_days,
        .check_first = settings->check_first,
        .clock = &clock_system,
    };
}

err_t settings_scheme(const struct settings *settings, int64_t now_s, struct trust *out_trust,
                      struct descriptor *out_descriptor) {
    err_t err = trust_load(settings->server.trust, out_trust);
    if (err) {
        return err;
    }
    return descriptor_load(settings->server.descriptor, out_trust, now_s, out_descriptor);
}
