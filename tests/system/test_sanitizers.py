"""Under sanitizers, what they find in Unbound or the module fails the test."""

import subprocess

import pytest

import lab
from lab_unbound import Unbound

SANITIZER = lab.sanitizer()

# A module that does nothing but make one mistake when Unbound starts it.
MODULE = """
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
struct module_env;
static volatile int number;
static void* write_number(void* arg) { number++; return arg; }
static void race(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, write_number, NULL);
    number++;
    pthread_join(thread, NULL);
}
static void leak(void) { number = malloc(77) == NULL; }
static void overflow(void) { number = INT_MAX; number++; }
static void use_after_free(void)
{
    volatile char* memory = malloc(1);
    free((void*)memory);
    number = *memory;
}
int init(struct module_env* env, int id) { MISTAKE(); return 1; }
void deinit(struct module_env* env, int id) {}
void operate(void* query, int event, int id, void* entry) {}
void inform_super(void* query, int id, void* super) {}
void clear(void* query, int id) {}
size_t get_mem(struct module_env* env, int id) { return 0; }
"""


@pytest.mark.parametrize("sanitizer, mistake, message", [
    ("address", "leak", "LeakSanitizer: detected memory leaks"),
    ("address", "overflow", "signed integer overflow"),
    ("address", "use_after_free", "heap-use-after-free"),
    ("thread", "race", "data race"),
])
def test_a_mistake_of_the_module_is_found(tmp_path, sanitizer, mistake,
                                          message):
    if sanitizer != SANITIZER:
        pytest.skip(f"Unbound was not built to find this ({sanitizer})")
    flags = {"address": ["gcc", "-fsanitize=address,undefined"],
             "thread": ["clang", "-fsanitize=thread"]}[sanitizer]
    module = tmp_path / "module.so"
    subprocess.run([*flags, "-g", "-shared", "-fPIC", "-w", "-x", "c", "-",
                    f"-DMISTAKE={mistake}", "-o", module],
                   input=MODULE, text=True, check=True)
    unbound = Unbound(tmp_path, [], module=module)
    unbound.launch_daemon()
    lab.wait_for(lambda: not unbound.is_running() or
                 "start of service" in unbound.log(), "it started, or ended")
    with pytest.raises(AssertionError, match=message):
        unbound.stop()
