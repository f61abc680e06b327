/*
 * tests/fuzz/fuzz_config.c - any helix.yaml.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* The input is the file. */
#include "config/config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	char path[32];
	struct reason reason = { "" };
	int fd = memfd_create("helix.yaml", 0);
	struct helix_config* config;
	if(fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config = helix_config_load(path, &reason);
	/* one line, that begins with the file and says where */
	if(!config && (strncmp(reason.text, path, strlen(path)) != 0 ||
		strchr(reason.text, '\n')))
		abort();
	if(config && (config->zone_count == 0 ||
		!helix_config_same_etcd(config, config)))
		abort();
	helix_config_delete(config);
	close(fd);
	return 0;
}
