// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/settings.h"

const struct config_key settings_keys[] = {
    DAEMON_KEYS,
    {"share", CONFIG_PATH, offsetof(struct settings, share), NULL, 0, 0, "The sealed share of the token key."},
    {"passphrase_file", CONFIG_PATH, offsetof(struct settings, passphrase_file), "", 0, 0,
     "The share's passphrase, readable by this user alone. Absent: asked at the terminal."},
    {"passphrase_credential", CONFIG_TEXT, offsetof(struct settings, passphrase_credential), "", 0, 0,
     "In place of passphrase_file: the name of the credential that systemd hands to the service (LoadCredential=)."},
    {"state", CONFIG_PATH, offsetof(struct settings, state), "", 0, 0,
     "An existing folder for what this holder must not forget: the heads of the journal that it has cosigned. Needed "
     "once the trust file names a log."},
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
