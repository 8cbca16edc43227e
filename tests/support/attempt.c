// SPDX-License-Identifier: Apache-2.0
#include "tests/support/attempt.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/rand.h>
#include <sodium.h>

#include "base/file.h"
#include "base/secret.h"
#include "tests/base/scratch.h"

static int open_as(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int result = fd < 0 ? errno : 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return result;
}

int attempt_read(const char *path) {
    return open_as(path, O_RDONLY);
}

int attempt_write(const char *path) {
    return open_as(path, O_WRONLY);
}

int attempt_create(const char *path) {
    return open_as(path, O_WRONLY | O_CREAT | O_EXCL);
}

int attempt_replace(const char *path) {
    return file_replace(path, 0600, bytes_str("new\n")) == OK ? 0 : EACCES;
}

int attempt_remove(const char *path) {
    return unlink(path) == 0 ? 0 : errno;
}

int attempt_list(const char *path) {
    return open_as(path, O_RDONLY | O_DIRECTORY);
}

int attempt_unix_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return errno;
    }
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return bind(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
}

int attempt_run_program(const char *unused) {
    (void)unused;
    char name[] = "true";
    char *argv[] = {name, NULL};
    (void)execv("/bin/true", argv);
    return errno;
}

int attempt_fork(const char *unused) {
    (void)unused;
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    return child > 0 ? 0 : errno;
}

static void *nothing(void *arg) {
    return arg;
}

int attempt_thread(const char *unused) {
    (void)unused;
    pthread_t thread;
    int result = pthread_create(&thread, NULL, nothing, NULL);
    return result != 0 ? result : pthread_join(thread, NULL);
}

int attempt_stand_back(const char *unused) {
    (void)unused;
    return setpriority(PRIO_PROCESS, 0, 19) == 0 ? 0 : errno;
}

int attempt_hold_back_parent(const char *unused) {
    (void)unused;
    return setpriority(PRIO_PROCESS, (id_t)getppid(), 19) == 0 ? 0 : errno;
}

int attempt_trace(const char *unused) {
    (void)unused;
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0 ? 0 : errno;
}

int attempt_signal_parent(const char *unused) {
    (void)unused;
    return kill(getppid(), SIGCONT) == 0 ? 0 : errno;
}

int attempt_become_root(const char *unused) {
    (void)unused;
    return setuid(0) == 0 ? 0 : errno;
}

static int open_socket(int family, int type) {
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    return fd >= 0 ? 0 : errno;
}

int attempt_tcp_socket(const char *unused) {
    (void)unused;
    return open_socket(AF_INET, SOCK_STREAM);
}

int attempt_netlink_socket(const char *unused) {
    (void)unused;
    return open_socket(AF_NETLINK, SOCK_RAW);
}

int attempt_executable_memory(const char *unused) {
    (void)unused;
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED && mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : errno;
}

int attempt_random(const char *unused) {
    (void)unused;
    uint8_t bytes[32];
    randombytes_buf(bytes, sizeof bytes);
    return RAND_bytes(bytes, sizeof bytes) == 1 ? 0 : EIO;
}

#define NOT_CONFINED 250
static int run(const struct daemon *daemon, const struct attempt *attempt) {
    (void)fflush(NULL);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        if (daemon_confine_files(daemon) != OK || confine_calls(daemon->calls) != OK) {
            _exit(NOT_CONFINED);
        }
        _exit(attempt->call(attempt->path));
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

char *attempt_file(const char *name) {
    char *path = strdup(scratch_path(name));
    cr_assert_eq(file_create(path, 0600, bytes_str("old\n")), OK);
    return path;
}

char *attempt_folder(const char *name) {
    char *path = strdup(scratch_path(name));
    cr_assert_eq(mkdir(path, 0700), 0);
    return path;
}

void attempt_set_up(struct daemon_settings *settings) {
    scratch_make();
    cr_assert_eq(secret_start(), OK);
    free(attempt_folder("etc"));
    settings->ca = attempt_file("etc/ca.crt");
    settings->certificate = attempt_file("etc/own.crt");
    settings->key = attempt_file("etc/own.key");
    settings->trust = attempt_file("etc/trust");
    settings->descriptor = attempt_file("etc/descriptor");
    settings->roster = attempt_file("etc/roster");
}

void attempt_all(const struct daemon *daemon, const struct attempt *attempts, size_t count) {
    size_t forbidden = 0;
    for (size_t i = 0; i < count; i++) {
        forbidden += attempts[i].expected != 0 ? 1 : 0;
        int result = run(daemon, &attempts[i]);
        cr_assert_eq(result, attempts[i].expected, "%s: %d, where %d was expected", attempts[i].name, result,
                     attempts[i].expected);
    }
    printf("%zu attempts, %zu of them forbidden: each ended as expected\n", count, forbidden);
}
