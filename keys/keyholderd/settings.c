// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/settings.h"

const struct config_key settings_keys[] = {
    DAEMON_KEYS,
    {"share", CONFIG_PATH, offsetof(struct settings, share), NULL, 0, 0, "The sealed share of the token key."},
    {"passphrase_file", CONFIG_PATH, offsetof(struct settings, passphrase_file), "", 0, 0,
     "The share's passphrase, readable by this user alone. Absent: asked at the terminal."},
    {"passphrase_credential", CONFIG_TEXT, offsetof(struct settings, passphrase_credential), "", 0, 0,
     "In place of passphrase_file: the name of the credential that systemd hands to the service (LoadCredential=)."},
    {"state", CONFIG_PATH, offsetof(struct settings, state), NULL, 0, 0,
     "An existing folder for what this holder must not forget: how much it evaluated for whom, and the heads of the "
     "journal that it has cosigned."},
    BUDGET_KEY(person, "elements_hour", LIMIT_ELEMENTS_HOUR, "3000", "Elements evaluated for a person in an hour."),
    BUDGET_KEY(person, "elements_day", LIMIT_ELEMENTS_DAY, "10000", "Elements evaluated for a person in a day."),
    BUDGET_KEY(agency, "elements_hour", LIMIT_ELEMENTS_HOUR, "200000",
               "Elements evaluated for an agency, with all its people, in an hour."),
    BUDGET_KEY(agency, "elements_day", LIMIT_ELEMENTS_DAY, "1000000", "The same in a day."),
};
const size_t settings_key_count = sizeof settings_keys / sizeof settings_keys[0];

// The passphrase is not among them, and a share whose time is over may be destroyed: once they are read, keyholderd
// cannot read either again - as long as they do not lie beneath the folder of another file.
const struct daemon_path settings_paths[] = {
    DAEMON_PATHS,
    {DAEMON_AT(deny), CONFINE_READ},
    {offsetof(struct settings, share), CONFINE_RETIRE},
    {offsetof(struct settings, state), CONFINE_FOLDER},
};
const size_t settings_path_count = sizeof settings_paths / sizeof settings_paths[0];
const unsigned settings_calls = CONFINE_SERVE;
