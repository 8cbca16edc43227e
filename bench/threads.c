// SPDX-License-Identifier: Apache-2.0
#include "bench/threads.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIELD_USER 14 // of proc(5); system time follows

// "TID (NAME) STATE ...", where a name may hold spaces, and the state is field 3. False for another name.
static bool read_stat(const char *path, const char *name, int64_t *out_ticks) {
    char text[1024], expected[32];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false; // the thread has ended meanwhile
    }
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    (void)snprintf(expected, sizeof expected, "(%s)", name);
    const char *at = strstr(text, expected);
    if (at == NULL) {
        return false;
    }
    at += strlen(expected);
    for (int field = 3; field < FIELD_USER && at != NULL; field++) {
        at = strchr(at + 1, ' ');
    }
    if (at == NULL) {
        return false;
    }
    char *end = NULL;
    unsigned long user = strtoul(at, &end, 10), system = strtoul(end, NULL, 10);
    *out_ticks = (int64_t)(user + system);
    return true;
}

err_t threads_spent_us(pid_t pid, const char *name, int64_t *out_us) {
    char path[512];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    int64_t sum = 0, ticks = 0;
    bool found = false;
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        (void)snprintf(path, sizeof path, "/proc/%d/task/%s/stat", (int)pid, entry->d_name);
        if (entry->d_name[0] != '.' && read_stat(path, name, &ticks)) {
            sum += ticks;
            found = true;
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    if (!found) {
        return err_set(ERR_NOT_FOUND, "process %d has no thread \"%s\"", (int)pid, name);
    }
    *out_us = sum * 1000000 / sysconf(_SC_CLK_TCK);
    return OK;
}

// "PID (NAME) S PPID ..."
static bool read_process(pid_t pid, pid_t *out_parent, int64_t *out_ticks) {
    char path[64], text[1024];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    const char *end = strrchr(text, ')');
    long parent = 0;
    unsigned long user = 0, system = 0;
    if (end == NULL ||
        sscanf(end, ") %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &parent, &user, &system) != 3) {
        return false;
    }
    *out_parent = (pid_t)parent;
    *out_ticks = (int64_t)(user + system);
    return true;
}

err_t processes_spent_us(pid_t parent, int64_t *out_us) {
    DIR *folder = opendir("/proc");
    int64_t sum = 0, ticks = 0;
    pid_t of = 0;
    if (folder == NULL || !read_process(parent, &of, &sum)) {
        sum = -1;
    }
    for (struct dirent *entry = NULL; sum >= 0 && (entry = readdir(folder)) != NULL;) {
        const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && read_process(pid, &of, &ticks) && of == parent) {
            sum += ticks;
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    if (sum < 0) {
        return err_set(ERR_NOT_FOUND, "no process %d", (int)parent);
    }
    *out_us = sum * 1000000 / sysconf(_SC_CLK_TCK);
    return OK;
}
