// SPDX-License-Identifier: Apache-2.0
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

#ifdef SIGNPOST_CONFINED
#define IS_BUILT true
#else
#define IS_BUILT false
#endif

bool confine_is_built(void) {
    return IS_BUILT;
}

static err_t become(const struct passwd *entry) {
    if (initgroups(entry->pw_name, entry->pw_gid) != 0 || setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
        setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0) {
        return err_set(ERR_DENIED, "cannot become the user %s: %s", entry->pw_name, strerror(errno));
    }
    // What was given up must not come back.
    if (entry->pw_uid != 0 && (setuid(0) == 0 || seteuid(0) == 0)) {
        return err_set(ERR_DENIED, "the user %s can become root again", entry->pw_name);
    }
    return OK;
}

err_t confine_user(const char *user) {
    if (user == NULL) {
        if (geteuid() == 0) {
            log_line(LOG_WARNING, "runs as root: set \"user\", or start it as a user of its own");
        }
        return OK;
    }
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        return err_set(ERR_NOT_FOUND, "there is no user %s", user);
    }
    if (geteuid() == 0) {
        return become(entry);
    }
    return geteuid() == entry->pw_uid ? OK : err_set(ERR_DENIED, "started as another user than %s", user);
}

// Landlock: no wrapper in glibc, and newer rights than Debian's headers know.

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_TRUNCATE (1ULL << 14)
#define ACCESS_REPLACE                                                                                                 \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | ACCESS_TRUNCATE)
#define ACCESS_ALL_OF_ABI_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static const uint64_t rights[] = {
    [CONFINE_READ] = ACCESS_READ,
    [CONFINE_RETIRE] = LANDLOCK_ACCESS_FS_READ_DIR | ACCESS_REPLACE,
    [CONFINE_REPLACE] = ACCESS_READ | ACCESS_REPLACE,
    [CONFINE_SOCKET] = ACCESS_READ | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE,
    [CONFINE_FOLDER] = ACCESS_READ | ACCESS_REPLACE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR,
};

// Rights that this kernel can withhold. 0: it has no Landlock.
static uint64_t handled_rights(void) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) {
        return 0;
    }
    return ACCESS_ALL_OF_ABI_1 | (abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (abi >= 3 ? ACCESS_TRUNCATE : 0);
}

static err_t allow_folder(int ruleset, const char *folder, uint64_t allowed) {
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return OK; // whoever needs it says so
    }
    const struct landlock_path_beneath_attr rule = {.allowed_access = allowed, .parent_fd = fd};
    err_t err = OK;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
        err = err_set(ERR_IO, "%s: landlock: %s", folder, strerror(errno));
    }
    (void)close(fd);
    return err;
}

static err_t allow_folder_of(int ruleset, const char *file, uint64_t allowed) {
    char *copy = strdup(file);
    err_t err = copy == NULL ? err_set(ERR_MEMORY, "out of memory") : allow_folder(ruleset, dirname(copy), allowed);
    free(copy);
    return err;
}

// A file may be a link, of which both the folder where it stands and the one where it leads are needed.
static err_t allow(int ruleset, const struct confine_path *path, uint64_t handled) {
    uint64_t allowed = rights[path->access] & handled;
    if (path->access == CONFINE_FOLDER) {
        return allow_folder(ruleset, path->path, allowed);
    }
    err_t err = allow_folder_of(ruleset, path->path, allowed);
    char *target = err == OK ? realpath(path->path, NULL) : NULL;
    if (target != NULL) {
        err = allow_folder_of(ruleset, target, allowed);
    }
    free(target);
    return err;
}

static err_t restrict_files(const struct confine_path *paths, size_t count, uint64_t handled) {
    const struct landlock_ruleset_attr attributes = {.handled_access_fs = handled};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) {
        return err_set(ERR_IO, "landlock: %s", strerror(errno));
    }
    err_t err = OK;
    for (size_t i = 0; i < count && err == OK; i++) {
        err = paths[i].path == NULL ? OK : allow(ruleset, &paths[i], handled);
    }
    if (err == OK &&
        (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)) {
        err = err_set(ERR_IO, "landlock: %s", strerror(errno));
    }
    (void)close(ruleset);
    return err;
}

err_t confine_files(const struct confine_path *paths, size_t count) {
    uint64_t handled = IS_BUILT ? handled_rights() : 0;
    if (IS_BUILT && handled == 0) {
        log_line(LOG_WARNING, "this kernel has no Landlock: files are protected by their modes alone");
    }
    return handled == 0 ? OK : restrict_files(paths, count, handled);
}
