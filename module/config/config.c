/*
 * config/config.c - helix.yaml.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "config/config.h"
#include "dns/rdata/rdata.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

/** most octets of a file that is read */
#define FILE_OCTETS_MAX (4 * 1024 * 1024)
/** most keys of a mapping */
#define FIELDS_MAX 16

/** What is being read, and what went wrong. */
struct reader {
	/** path of the file */
	const char* path;
	/** the file's text; owned */
	char* text;
	/** octets of text */
	size_t len;
	/** the text as YAML */
	yaml_document_t document;
	/** where the message goes */
	char* error;
};

/** A key of a mapping. */
struct field {
	/** the key */
	const char* name;
	/** reads the value into the place where it goes */
	bool (*read)(struct reader* reader, yaml_node_t* node,
		const struct field* field, void* place);
	/** where in the mapping's struct it goes */
	size_t offset;
	/** bounds of a number, or of a duration in milliseconds */
	unsigned long min, max;
};

static bool __attribute__((format(printf, 4, 5)))
fail_at(struct reader* reader, size_t line, size_t column,
	const char* format, ...)
{
	va_list args;
	char* p;
	int n = snprintf(reader->error, HELIX_CONFIG_ERROR_MAX,
		"%s:%zu:%zu: ", reader->path, line + 1, column + 1);
	if(n < 0 || n >= HELIX_CONFIG_ERROR_MAX)
		return false;
	va_start(args, format);
	vsnprintf(reader->error + n, (size_t)(HELIX_CONFIG_ERROR_MAX - n),
		format, args);
	va_end(args);
	/* what is shown of a value may have several lines; a message has one */
	for(p = reader->error + n; *p; p++) {
		if((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	}
	return false;
}

#define fail_node(reader, node, ...) \
	fail_at((reader), (node)->start_mark.line, \
		(node)->start_mark.column, __VA_ARGS__)

/* --- values -------------------------------------------------------------- */

/** The text of a scalar; NULL, with the error set, if the node is none. */
static const char*
scalar_text(struct reader* reader, yaml_node_t* node, const char* expected)
{
	if(node->type != YAML_SCALAR_NODE) {
		fail_node(reader, node, "expected %s, not a %s", expected,
			node->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
		return NULL;
	}
	if(strlen((char*)node->data.scalar.value) !=
		node->data.scalar.length) {
		fail_node(reader, node, "expected %s, without a NUL in it",
			expected);
		return NULL;
	}
	return (char*)node->data.scalar.value;
}

/**
 * Read the digits at the beginning of a text.
 * @return false if there are none, or the number is over a billion billion.
 */
static bool
read_digits(const char** text, unsigned long* number)
{
	const char* p = *text;
	*number = 0;
	for(; *p >= '0' && *p <= '9' && p - *text < 18; p++)
		*number = *number * 10 + (unsigned long)(*p - '0');
	if(p == *text || (*p >= '0' && *p <= '9'))
		return false;
	*text = p;
	return true;
}

/** Read a whole number of seconds into a uint32_t. */
static bool
read_number(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	const char* text = scalar_text(reader, node, "a whole number");
	const char* end = text;
	unsigned long number;
	if(!text)
		return false;
	if(!read_digits(&end, &number) || *end || number < field->min ||
		number > field->max)
		return fail_node(reader, node, "\"%.40s\" for %s: expected a "
			"whole number of seconds from %lu to %lu", text,
			field->name, field->min, field->max);
	*(uint32_t*)place = (uint32_t)number;
	return true;
}

/** Write a duration as a person would. */
static const char*
duration_text(unsigned long ms, char* text, size_t size)
{
	if(ms % 60000 == 0 && ms > 0)
		snprintf(text, size, "%lum", ms / 60000);
	else if(ms % 1000 == 0)
		snprintf(text, size, "%lus", ms / 1000);
	else	snprintf(text, size, "%lums", ms);
	return text;
}

/** Read a duration into an unsigned, in milliseconds. */
static bool
read_duration(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	static const struct {
		const char* name;
		unsigned long ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 } };
	const char* text = scalar_text(reader, node,
		"a duration such as 500ms, 5s or 2m");
	const char* unit = text;
	char min[24], max[24];
	unsigned long number;
	size_t i;
	if(!text)
		return false;
	if(!read_digits(&unit, &number))
		return fail_node(reader, node, "\"%.40s\" for %s: expected a "
			"duration such as 500ms, 5s or 2m", text, field->name);
	for(i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if(strcmp(unit, units[i].name) == 0)
			break;
	}
	if(i == sizeof(units) / sizeof(*units) && !(number == 0 && !*unit))
		return fail_node(reader, node, "\"%.40s\" for %s: expected a "
			"unit, one of ms, s, m, h, right behind the number",
			text, field->name);
	if(number > 0 && number > field->max / units[i].ms)
		number = field->max + 1;
	else if(number > 0)
		number *= units[i].ms;
	if(number < field->min || number > field->max)
		return fail_node(reader, node, "\"%.40s\" for %s: expected a "
			"duration from %s to %s", text, field->name,
			duration_text(field->min, min, sizeof(min)),
			duration_text(field->max, max, sizeof(max)));
	*(unsigned*)place = (unsigned)number;
	return true;
}

/** Whether a text has octets that nobody writes into a name on purpose. */
static bool
has_odd_octet(const char* text)
{
	for(; *text; text++) {
		if(*text <= ' ' || *text > '~')
			return true;
	}
	return false;
}

/** Read a domain name into a struct name. */
static bool
read_name(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	const char* text = scalar_text(reader, node, "a domain name");
	const char* why;
	if(!text)
		return false;
	if(has_odd_octet(text))
		return fail_node(reader, node, "the domain name for %s has a "
			"space or another odd octet in it; expected ASCII, "
			"with \\DDD for such an octet, and the xn-- form for "
			"other scripts", field->name);
	why = name_from_text(place, text, strlen(text));
	if(why)
		return fail_node(reader, node, "\"%.80s\" for %s is not a "
			"domain name: %s", text, field->name, why);
	return true;
}

/** The same, of a name that has to look like one. */
static bool
read_host(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	const char *text, *why;
	if(!read_name(reader, node, field, place))
		return false;
	text = (char*)node->data.scalar.value;
	why = rdata_name_doubt(text, strlen(text), true);
	return !why || fail_node(reader, node, "\"%.80s\" for %s %s; expected "
		"a domain name such as ns1.example.com", text, field->name,
		why);
}

/** An IP network. */
struct network {
	/** its address, network byte order */
	uint8_t address[16];
	/** whether that is IPv6 */
	bool v6;
	/** bits of it that count */
	unsigned prefix;
};

/** Read a network, or an address, of which as much counts as a reverse zone
 * is likely to have. @return false if the text is neither. */
static bool
network_read(struct network* network, const char* text)
{
	char address[INET6_ADDRSTRLEN] = "";
	const char* slash = strchrnul(text, '/');
	const char* bits = slash + 1;
	unsigned long prefix;
	unsigned max;
	if((size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	network->v6 = inet_pton(AF_INET6, address, network->address) == 1;
	if(!network->v6 && inet_pton(AF_INET, address, network->address) != 1)
		return false;
	/* a zone of a few addresses is part of the one above */
	max = network->v6 ? 124 : 24;
	network->prefix = network->v6 ? 64 : 24;
	if(*slash && (!read_digits(&bits, &prefix) || *bits))
		return false;
	if(*slash)
		network->prefix = prefix < max ? (unsigned)prefix : max;
	return true;
}

/** room for what reverse_zone_text writes */
#define REVERSE_ZONE_MAX 80

/**
 * Write the reverse zone of a network: a label for each octet, or each four
 * bits in IPv6, that its prefix reaches into.
 * @param last: of several, which there are if the prefix ends inside of a
 *	label, the last one; else the first.
 * @param text: room for REVERSE_ZONE_MAX octets.
 * @return text.
 */
static const char*
reverse_zone_text(const struct network* network, bool last, char* text)
{
	unsigned unit = network->v6 ? 4 : 8, label;
	char* at = text;
	for(label = (network->prefix + unit - 1) / unit; label-- > 0;) {
		unsigned end = (label + 1) * unit;
		unsigned open = end > network->prefix ? end - network->prefix :
			0;
		unsigned value = network->v6 ? network->address[label / 2] >>
			(label % 2 ? 0 : 4) & 15 : network->address[label];
		value &= ~0u << open;
		if(last)
			value |= (1u << open) - 1;
		at += sprintf(at, network->v6 ? "%x." : "%u.", value);
	}
	strcpy(at, network->v6 ? "ip6.arpa" : "in-addr.arpa");
	return text;
}

/** Say which reverse zone is to be there instead of a network. */
static bool
fail_network(struct reader* reader, yaml_node_t* node, const char* text,
	const struct network* network)
{
	char first[REVERSE_ZONE_MAX], last[REVERSE_ZONE_MAX];
	bool one;
	reverse_zone_text(network, false, first);
	reverse_zone_text(network, true, last);
	one = strcmp(first, last) == 0;
	return fail_node(reader, node, "the zone \"%.80s\" is an IP %s, and "
		"not a domain name; expected %s%s%s%s", text,
		strchr(text, '/') ? "network" : "address",
		one ? "its reverse zone, " : "its reverse zones, from ",
		first, one ? "" : " to ", one ? "" : last);
}

/** Read the name of a zone into a struct name. */
static bool
read_zone_name(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	const char* text = scalar_text(reader, node, "a domain name");
	const struct name* name = place;
	struct network network;
	if(!text)
		return false;
	if(network_read(&network, text))
		return fail_network(reader, node, text, &network);
	if(!read_host(reader, node, field, place))
		return false;
	if(name->wire[0] == 1 && name->wire[1] == '*')
		return fail_node(reader, node, "the zone \"%.80s\" is a "
			"wildcard; expected the name without the *, as a zone "
			"has all names below it", text);
	return true;
}

/** Read a mailbox into a struct name, as an SOA has it (RFC 1035 8). */
static bool
read_mailbox(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	const char* text = scalar_text(reader, node, "a mailbox");
	if(!text)
		return false;
	if(strchr(text, '@'))
		return fail_node(reader, node, "\"%.80s\" for %s: expected "
			"the mailbox as a domain name, with a dot instead of "
			"the @: hostmaster.example.com", text, field->name);
	return read_host(reader, node, field, place);
}

/** The items of a list; NULL, with the error set, if the node is none or is
 * empty. */
static yaml_node_item_t*
list_items(struct reader* reader, yaml_node_t* node,
	const struct field* field, size_t* count)
{
	if(node->type != YAML_SEQUENCE_NODE) {
		fail_node(reader, node, "expected a list for %s, such as "
			"[one, two]", field->name);
		return NULL;
	}
	*count = (size_t)(node->data.sequence.items.top -
		node->data.sequence.items.start);
	if(*count == 0) {
		fail_node(reader, node, "expected at least one item in the "
			"list for %s", field->name);
		return NULL;
	}
	return node->data.sequence.items.start;
}

/* --- mappings ------------------------------------------------------------ */

/** Name the keys of a table, for a message. */
static const char*
field_names(const struct field* fields, size_t count, char* text, size_t size)
{
	size_t i, at = 0;
	for(i = 0; i < count && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s",
			i == 0 ? "" : ", ", fields[i].name);
	return text;
}

/**
 * Read a mapping.
 * @param fields, count: the keys that it may have.
 * @param place: the struct that is filled.
 * @param seen: bit n is set if field n was there.
 */
static bool
read_mapping(struct reader* reader, yaml_node_t* node,
	const struct field* fields, size_t count, void* place, unsigned* seen)
{
	yaml_node_pair_t* pair;
	char names[256];
	*seen = 0;
	if(node->type != YAML_MAPPING_NODE)
		return fail_node(reader, node, "expected a mapping with the "
			"keys %s", field_names(fields, count, names,
			sizeof(names)));
	for(pair = node->data.mapping.pairs.start;
		pair < node->data.mapping.pairs.top; pair++) {
		yaml_node_t* key = yaml_document_get_node(&reader->document,
			pair->key);
		yaml_node_t* value = yaml_document_get_node(
			&reader->document, pair->value);
		const char* name = scalar_text(reader, key, "a key");
		size_t i;
		if(!name)
			return false;
		for(i = 0; i < count && strcmp(fields[i].name, name) != 0;)
			i++;
		if(i == count)
			return fail_node(reader, key, "unknown key \"%.60s\"; "
				"expected one of %s", name, field_names(
				fields, count, names, sizeof(names)));
		if(*seen & 1u << i)
			return fail_node(reader, key, "the key %s is there "
				"twice", name);
		*seen |= 1u << i;
		if(!fields[i].read(reader, value, &fields[i],
			(char*)place + fields[i].offset))
			return false;
	}
	return true;
}

/** The value of a key of a mapping; the mapping itself if there is none. */
static yaml_node_t*
mapping_value(struct reader* reader, yaml_node_t* node, const char* name)
{
	yaml_node_pair_t* pair;
	for(pair = node->data.mapping.pairs.start;
		pair < node->data.mapping.pairs.top; pair++) {
		yaml_node_t* key = yaml_document_get_node(&reader->document,
			pair->key);
		if(key->type == YAML_SCALAR_NODE &&
			strcmp((char*)key->data.scalar.value, name) == 0)
			return yaml_document_get_node(&reader->document,
				pair->value);
	}
	return node;
}

/* --- etcd ---------------------------------------------------------------- */

/**
 * What is wrong with an endpoint; NULL if nothing is.
 * @param url: holds the text as a URL then.
 */
static const char*
endpoint_problem(CURLU* url, const char* text)
{
	char* part = NULL;
	bool known, slash;
	if(strlen(text) > 500)
		return "it is over 500 octets";
	/* an empty one is none for libcurl */
	if(strpbrk(text, "?#"))
		return "expected nothing after the port";
	if(curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		return "expected a URL such as http://127.0.0.1:2379";
	if(curl_url_get(url, CURLUPART_SCHEME, &part, 0) != CURLUE_OK)
		return "expected http:// or https:// at its beginning";
	known = strcmp(part, "http") == 0 || strcmp(part, "https") == 0;
	curl_free(part);
	if(!known)
		return "expected http:// or https:// at its beginning";
	if(curl_url_get(url, CURLUPART_PORT, &part, 0) != CURLUE_OK)
		return "expected a port; etcd's is 2379";
	curl_free(part);
	if(curl_url_get(url, CURLUPART_PATH, &part, 0) != CURLUE_OK)
		return NULL;
	slash = strcmp(part, "/") == 0;
	curl_free(part);
	return slash ? NULL : "expected nothing after the port";
}

/** An endpoint as scheme://host:port, whatever else the text had; NULL if
 * memory ran out. */
static char*
endpoint_text(CURLU* url)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *text = NULL;
	if(curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
		curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
		curl_url_get(url, CURLUPART_PORT, &port, 0) != CURLUE_OK ||
		asprintf(&text, "%s://%s:%s", scheme, host, port) < 0)
		text = NULL;
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return text;
}

/** Read one endpoint. */
static bool
read_endpoint(struct reader* reader, yaml_node_t* node, char** place)
{
	const char* text = scalar_text(reader, node,
		"a URL such as http://127.0.0.1:2379");
	const char* problem;
	CURLU* url;
	if(!text)
		return false;
	/* and do not show it: it may be followed by a password */
	if(strchr(text, '@'))
		return fail_node(reader, node, "an endpoint has a user name "
			"in it; expected a URL such as http://127.0.0.1:2379");
	url = curl_url();
	problem = url ? endpoint_problem(url, text) : "out of memory";
	*place = problem ? NULL : endpoint_text(url);
	curl_url_cleanup(url);
	if(problem)
		return fail_node(reader, node, "endpoint \"%.80s\": %s", text,
			problem);
	return *place || fail_node(reader, node, "out of memory");
}

/** A list of texts, all owned. */
struct texts {
	/** the texts */
	char** text;
	/** number of them */
	size_t count;
};

static void
texts_clear(struct texts texts)
{
	while(texts.count > 0)
		free(texts.text[--texts.count]);
	free(texts.text);
}

/**
 * Read a list of texts.
 * @param read_one: makes one of the texts of an item.
 * @param texts: the result; to be cleared, whatever is returned.
 */
static bool
read_texts(struct reader* reader, yaml_node_t* node,
	const struct field* field, bool (*read_one)(struct reader* reader,
	yaml_node_t* node, char** text), struct texts* texts)
{
	size_t count;
	yaml_node_item_t* item = list_items(reader, node, field, &count);
	texts->count = 0;
	texts->text = item ? calloc(count, sizeof(*texts->text)) : NULL;
	if(!item)
		return false;
	if(!texts->text)
		return fail_node(reader, node, "out of memory");
	for(; count > 0; count--, item++) {
		if(!read_one(reader, yaml_document_get_node(
			&reader->document, *item),
			&texts->text[texts->count]))
			return false;
		texts->count++;
	}
	return true;
}

static bool
read_endpoints(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	struct etcd_settings* etcd = place;
	struct texts texts;
	bool ok = read_texts(reader, node, field, read_endpoint, &texts);
	texts_clear((struct texts){ etcd->endpoints, etcd->endpoint_count });
	etcd->endpoints = texts.text;
	etcd->endpoint_count = texts.count;
	return ok;
}

static bool
read_api(struct reader* reader, yaml_node_t* node, const struct field* field,
	void* place)
{
	const char* text = scalar_text(reader, node, "v3 or v2");
	enum etcd_api* api = place;
	if(!text)
		return false;
	*api = strcmp(text, "v2") == 0 ? ETCD_V2 : ETCD_V3;
	if(*api == ETCD_V3 && strcmp(text, "v3") != 0)
		return fail_node(reader, node, "\"%.40s\" for %s: expected "
			"v3 or v2", text, field->name);
	return true;
}

static bool
read_switch(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	const char* text = scalar_text(reader, node, "yes or no");
	bool* on = place;
	if(!text)
		return false;
	*on = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
	if(!*on && strcmp(text, "no") != 0 && strcmp(text, "false") != 0)
		return fail_node(reader, node, "\"%.40s\" for %s: expected "
			"yes or no", text, field->name);
	return true;
}

/** What is wrong with a path of segments, parted by '/'; NULL if nothing. */
static const char*
path_problem(const char* text)
{
	if(strlen(text) > 512)
		return "it is over 512 octets";
	if(text[0] && text[strlen(text) - 1] == '/')
		return "expected no '/' at its end";
	for(; text; text = strchr(text, '/')) {
		size_t len;
		text += *text == '/';
		len = strcspn(text, "/");
		if(len == 0)
			return "a segment of it is empty";
		if(strspn(text, ".") == len && len <= 2)
			return "a segment of it is . or ..";
	}
	return NULL;
}

/** What is wrong with a hidden directory; NULL if nothing is. */
static const char*
hidden_problem(const char* text)
{
	const char* last = strrchr(text, '/');
	if(*text == '/')
		return "expected a path below the prefix, without it, as "
			"com/example/_tcp/_sip";
	if(path_problem(text))
		return path_problem(text);
	if(*(last ? last + 1 : text) != '_')
		return "expected '_' at the beginning of its last segment; "
			"others are seen without being listed here";
	return NULL;
}

/** Read one hidden directory. */
static bool
read_hidden_one(struct reader* reader, yaml_node_t* node, char** place)
{
	const char* text = scalar_text(reader, node,
		"a path such as com/example/_tcp/_sip");
	const char* problem;
	if(!text)
		return false;
	problem = hidden_problem(text);
	if(problem)
		return fail_node(reader, node, "hidden directory \"%.80s\": "
			"%s", text, problem);
	*place = strdup(text);
	return *place || fail_node(reader, node, "out of memory");
}

static bool
read_hidden(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	struct etcd_settings* etcd = place;
	struct texts texts;
	bool ok = read_texts(reader, node, field, read_hidden_one, &texts);
	size_t i, j;
	etcd->hidden = texts.text;
	etcd->hidden_count = texts.count;
	for(i = 1; ok && i < texts.count; i++) {
		for(j = 0; j < i; j++) {
			if(strcmp(texts.text[i], texts.text[j]) == 0)
				return fail_node(reader, node, "the hidden "
					"directory %.80s is there twice",
					texts.text[i]);
		}
	}
	return ok;
}

/** What is wrong with a prefix; NULL if nothing is. */
static const char*
prefix_problem(const char* text)
{
	if(*text != '/')
		return "expected a '/' at its beginning, as /helix";
	if(strlen(text) >= 2 && strcmp(text + strlen(text) - 2, "/*") == 0)
		return "expected no * at its end: all keys below it are meant";
	return text[1] ? path_problem(text) : NULL;
}

static bool
read_prefix(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	const char* text = scalar_text(reader, node, "a prefix such as /helix");
	char** prefix = place;
	const char* problem;
	if(!text)
		return false;
	problem = prefix_problem(text);
	if(problem)
		return fail_node(reader, node, "\"%.80s\" for %s: %s", text,
			field->name, problem);
	free(*prefix);
	/* "/" alone: keys begin with the '/' that follows every prefix */
	*prefix = strdup(text[1] ? text : "");
	return *prefix || fail_node(reader, node, "out of memory");
}

/** Read a word, that is not empty, into a char*. */
static bool
read_word(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	const char* text = scalar_text(reader, node, "a word");
	char** word = place;
	if(!text)
		return false;
	if(!*text || strpbrk(text, "\r\n"))
		return fail_node(reader, node, "expected one line of text "
			"for %s", field->name);
	*word = strdup(text);
	return *word || fail_node(reader, node, "out of memory");
}

/** Read the path of a file that can be read, into a char*. */
static bool
read_path(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	const char* path;
	if(!read_word(reader, node, field, place))
		return false;
	path = *(char**)place;
	if(access(path, R_OK) != 0)
		return fail_node(reader, node, "%.200s for %s cannot be read: "
			"%s", path, field->name, strerror(errno));
	return true;
}

/** Whether a folder is there, and may be gone into; errno if not. */
static bool
is_folder(const char* path)
{
	struct stat status;
	if(stat(path, &status) == -1)
		return false;
	errno = ENOTDIR;
	return S_ISDIR(status.st_mode) && access(path, X_OK) == 0;
}

/** Read the path of a file that may be made, into a char*. */
static bool
read_file_to_be(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	struct stat status;
	char *path, *copy;
	bool ok;
	if(!read_word(reader, node, field, place))
		return false;
	path = *(char**)place;
	copy = strdup(path);
	if(!copy)
		return fail_node(reader, node, "out of memory");
	ok = is_folder(dirname(copy));
	free(copy);
	if(!ok)
		return fail_node(reader, node, "there can be no file %.200s "
			"for %s: its folder cannot be used: %s", path,
			field->name, strerror(errno));
	if(stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return fail_node(reader, node, "%.200s for %s is no regular "
			"file", path, field->name);
	return true;
}

static const struct field tls_fields[] = {
	{ "ca", read_path, offsetof(struct etcd_tls, ca), 0, 0 },
	{ "cert", read_path, offsetof(struct etcd_tls, cert), 0, 0 },
	{ "key", read_path, offsetof(struct etcd_tls, key), 0, 0 },
	{ "server-name", read_word, offsetof(struct etcd_tls, server_name), 0,
		0 },
};

static bool
read_tls(struct reader* reader, yaml_node_t* node, const struct field* field,
	void* place)
{
	const struct etcd_tls* tls = place;
	unsigned seen;
	(void)field;
	if(!read_mapping(reader, node, tls_fields,
		sizeof(tls_fields) / sizeof(*tls_fields), place, &seen))
		return false;
	if(!tls->cert != !tls->key)
		return fail_node(reader, node, "%s is there without %s; "
			"expected both or neither", tls->cert ? "cert" : "key",
			tls->cert ? "key" : "cert");
	return true;
}

/** order of the keys of etcd; read_etcd asks for some of them */
enum etcd_field {
	ETCD_ENDPOINTS,
	ETCD_API,
	ETCD_PREFIX,
	ETCD_HIDDEN,
	ETCD_USERNAME,
	ETCD_PASSWORD_FILE,
	ETCD_TLS,
	ETCD_CONNECT_TIMEOUT,
	ETCD_REQUEST_TIMEOUT,
	ETCD_HEARTBEAT
};

static const struct field etcd_fields[] = {
	[ETCD_ENDPOINTS] = { "endpoints", read_endpoints, 0, 0, 0 },
	[ETCD_API] = { "api", read_api, offsetof(struct etcd_settings, api),
		0, 0 },
	[ETCD_PREFIX] = { "prefix", read_prefix,
		offsetof(struct etcd_settings, prefix), 0, 0 },
	[ETCD_HIDDEN] = { "hidden", read_hidden, 0, 0, 0 },
	[ETCD_USERNAME] = { "username", read_word,
		offsetof(struct etcd_settings, username), 0, 0 },
	[ETCD_PASSWORD_FILE] = { "password-file", read_path,
		offsetof(struct etcd_settings, password_file), 0, 0 },
	[ETCD_TLS] = { "tls", read_tls, offsetof(struct etcd_settings, tls),
		0, 0 },
	[ETCD_CONNECT_TIMEOUT] = { "connect-timeout", read_duration,
		offsetof(struct etcd_settings, connect_timeout), 100, 60000 },
	[ETCD_REQUEST_TIMEOUT] = { "request-timeout", read_duration,
		offsetof(struct etcd_settings, request_timeout), 100, 600000 },
	[ETCD_HEARTBEAT] = { "heartbeat", read_duration,
		offsetof(struct etcd_settings, heartbeat), 100, 600000 },
};

/** Whether any endpoint is spoken to by TLS. */
static bool
has_https(const struct etcd_settings* etcd)
{
	size_t i;
	for(i = 0; i < etcd->endpoint_count; i++) {
		if(strncmp(etcd->endpoints[i], "https:", 6) == 0)
			return true;
	}
	return false;
}

static bool
read_etcd(struct reader* reader, yaml_node_t* node, const struct field* field,
	void* place)
{
	const struct etcd_settings* etcd = place;
	unsigned seen;
	(void)field;
	if(!read_mapping(reader, node, etcd_fields,
		sizeof(etcd_fields) / sizeof(*etcd_fields), place, &seen))
		return false;
	if(seen & 1u << ETCD_HIDDEN && etcd->api != ETCD_V2)
		return fail_node(reader, node, "hidden is there without "
			"api: v2; v3 hides nothing");
	if(!etcd->username != !etcd->password_file)
		return fail_node(reader, node, "%s is there without %s; "
			"expected both or neither", etcd->username ?
			"username" : "password-file", etcd->username ?
			"password-file" : "username");
	if(seen & 1u << ETCD_TLS && !has_https(etcd))
		return fail_node(reader, node, "tls is there, but none of the "
			"endpoints begins with https://");
	return true;
}

/* --- zones --------------------------------------------------------------- */

static const struct field soa_fields[] = {
	{ "mname", read_host, offsetof(struct zone_settings, mname), 0, 0 },
	{ "rname", read_mailbox, offsetof(struct zone_settings, rname), 0,
		0 },
	{ "refresh", read_number, offsetof(struct zone_settings, refresh), 1,
		INT32_MAX },
	{ "retry", read_number, offsetof(struct zone_settings, retry), 1,
		INT32_MAX },
	{ "expire", read_number, offsetof(struct zone_settings, expire), 1,
		INT32_MAX },
	{ "minimum", read_number, offsetof(struct zone_settings, minimum), 0,
		INT32_MAX },
};

static bool
read_soa(struct reader* reader, yaml_node_t* node, const struct field* field,
	void* place)
{
	unsigned seen;
	(void)field;
	return read_mapping(reader, node, soa_fields,
		sizeof(soa_fields) / sizeof(*soa_fields), place, &seen);
}

/** Whether a name is among others. */
static bool
name_is_there(const struct name* names, size_t count, const struct name* name)
{
	size_t i;
	for(i = 0; i < count; i++) {
		if(names[i].len == name->len &&
			memcmp(names[i].wire, name->wire, name->len) == 0)
			return true;
	}
	return false;
}

static bool
read_ns(struct reader* reader, yaml_node_t* node, const struct field* field,
	void* place)
{
	struct zone_settings* zone = place;
	size_t count, i;
	yaml_node_item_t* item = list_items(reader, node, field, &count);
	if(!item)
		return false;
	zone->ns = calloc(count, sizeof(*zone->ns));
	if(!zone->ns)
		return fail_node(reader, node, "out of memory");
	for(i = 0; i < count; i++, item++) {
		if(!read_host(reader, yaml_document_get_node(
			&reader->document, *item), field, &zone->ns[i]))
			return false;
		if(name_is_there(zone->ns, zone->ns_count, &zone->ns[i]))
			return fail_node(reader, node, "a name for ns is "
				"there twice");
		zone->ns_count++;
	}
	return true;
}

/** order of the keys of a zone; read_zone asks for some of them */
enum zone_field {
	ZONE_NAME,
	ZONE_TTL,
	ZONE_NS,
	ZONE_SOA,
	ZONE_FALLTHROUGH
};

static const struct field zone_fields[] = {
	[ZONE_NAME] = { "name", read_zone_name,
		offsetof(struct zone_settings, apex), 0, 0 },
	[ZONE_TTL] = { "ttl", read_number,
		offsetof(struct zone_settings, ttl), 0, INT32_MAX },
	[ZONE_NS] = { "ns", read_ns, 0, 0, 0 },
	[ZONE_SOA] = { "soa", read_soa, 0, 0, 0 },
	[ZONE_FALLTHROUGH] = { "fallthrough", read_switch,
		offsetof(struct zone_settings, fallthrough), 0, 0 },
};

/** A minimum that the file does not give; no file can give it. */
#define MINIMUM_NONE UINT32_MAX

/** Fill in what a zone's mapping does not say. */
static bool
zone_complete(struct reader* reader, yaml_node_t* node,
	struct zone_settings* zone)
{
	static const uint8_t hostmaster[] = "\012hostmaster";
	const size_t len = sizeof(hostmaster) - 1;
	if(zone->minimum == MINIMUM_NONE)
		zone->minimum = zone->ttl;
	if(zone->mname.len == 0)
		zone->mname = zone->ns_count > 0 ? zone->ns[0] : zone->apex;
	if(zone->rname.len > 0)
		return true;
	if(zone->apex.len + len > NAME_WIRE_MAX)
		return fail_node(reader, node, "the zone's name is too long "
			"for hostmaster.<zone>; expected rname in its soa");
	memcpy(zone->rname.wire, hostmaster, len);
	memcpy(zone->rname.wire + len, zone->apex.wire, zone->apex.len);
	zone->rname.len = (uint8_t)(zone->apex.len + len);
	return true;
}

static bool
read_zone(struct reader* reader, yaml_node_t* node, struct zone_settings* zone)
{
	unsigned seen;
	zone->ttl = 5;
	zone->refresh = 3600;
	zone->retry = 600;
	zone->expire = 86400;
	zone->minimum = MINIMUM_NONE;
	if(!read_mapping(reader, node, zone_fields,
		sizeof(zone_fields) / sizeof(*zone_fields), zone, &seen))
		return false;
	if(!(seen & 1u << ZONE_NAME))
		return fail_node(reader, node, "a zone has no name; expected "
			"name: example.com");
	return zone_complete(reader, node, zone);
}

/** Whether a zone is among those before it. */
static bool
zone_is_there(const struct zone_settings* zones,
	const struct zone_settings* zone)
{
	for(; zones < zone; zones++) {
		if(name_is_there(&zones->apex, 1, &zone->apex))
			return true;
	}
	return false;
}

static bool
read_zones(struct reader* reader, yaml_node_t* node,
	const struct field* field, void* place)
{
	struct helix_config* config = place;
	char text[NAME_TEXT_MAX];
	size_t count, i;
	yaml_node_item_t* item = list_items(reader, node, field, &count);
	if(!item)
		return false;
	config->zones = calloc(count, sizeof(*config->zones));
	if(!config->zones)
		return fail_node(reader, node, "out of memory");
	for(i = 0; i < count; i++, item++) {
		struct zone_settings* zone = &config->zones[i];
		yaml_node_t* entry = yaml_document_get_node(
			&reader->document, *item);
		config->zone_count++;
		if(!read_zone(reader, entry, zone))
			return false;
		if(zone_is_there(config->zones, zone))
			return fail_node(reader, entry, "the zone %s is there "
				"twice", name_to_text(zone->apex.wire, text));
	}
	return true;
}

/* --- the file ------------------------------------------------------------ */

/** order of the keys of the file; read_root asks for one of them */
enum root_field {
	ROOT_ETCD,
	ROOT_ZONES,
	ROOT_STARTUP_WAIT,
	ROOT_MAX_STALE,
	ROOT_SNAPSHOT,
	ROOT_CACHE
};

static const struct field root_fields[] = {
	[ROOT_ETCD] = { "etcd", read_etcd,
		offsetof(struct helix_config, etcd), 0, 0 },
	[ROOT_ZONES] = { "zones", read_zones, 0, 0, 0 },
	[ROOT_STARTUP_WAIT] = { "startup-wait", read_duration,
		offsetof(struct helix_config, startup_wait), 0, 600000 },
	[ROOT_MAX_STALE] = { "max-stale", read_duration,
		offsetof(struct helix_config, etcd.max_stale), 0, 604800000 },
	[ROOT_SNAPSHOT] = { "snapshot", read_file_to_be,
		offsetof(struct helix_config, snapshot), 0, 0 },
	[ROOT_CACHE] = { "cache", read_switch,
		offsetof(struct helix_config, cache), 0, 0 },
};

static bool
read_root(struct reader* reader, struct helix_config* config)
{
	yaml_node_t* root = yaml_document_get_root_node(&reader->document);
	char text[24];
	unsigned seen;
	if(!root)
		return fail_at(reader, 0, 0, "the file is empty; expected at "
			"least zones:");
	if(!read_mapping(reader, root, root_fields,
		sizeof(root_fields) / sizeof(*root_fields), config, &seen))
		return false;
	/* a probe that is lost must not look like an outage */
	if(config->etcd.max_stale > 0 &&
		config->etcd.max_stale / 3 < config->etcd.heartbeat)
		return fail_node(reader, mapping_value(reader, root,
			"max-stale"), "max-stale is too short: expected at "
			"least three times etcd's heartbeat of %s, or 0s for "
			"ever", duration_text(config->etcd.heartbeat, text,
			sizeof(text)));
	if(!(seen & 1u << ROOT_ZONES))
		return fail_node(reader, root, "no zones are given; expected "
			"zones: [{name: example.com}]");
	return true;
}

static bool
config_set_defaults(struct helix_config* config)
{
	static const char* const endpoints[] = { "http://127.0.0.1:2379",
		"http://127.0.0.1:4001" };
	const size_t count = sizeof(endpoints) / sizeof(*endpoints);
	struct etcd_settings* etcd = &config->etcd;
	size_t i;
	etcd->connect_timeout = 2000;
	etcd->request_timeout = 10000;
	etcd->heartbeat = 5000;
	config->startup_wait = 5000;
	config->cache = true;
	etcd->prefix = strdup("/helix");
	etcd->endpoints = calloc(count, sizeof(*etcd->endpoints));
	if(!etcd->prefix || !etcd->endpoints)
		return false;
	for(i = 0; i < count; i++) {
		etcd->endpoints[i] = strdup(endpoints[i]);
		if(!etcd->endpoints[i])
			return false;
		etcd->endpoint_count++;
	}
	return true;
}

/** Read a whole file into reader->text. */
static bool
file_read(struct reader* reader)
{
	FILE* file = fopen(reader->path, "rb");
	bool ok = false;
	if(!file) {
		snprintf(reader->error, HELIX_CONFIG_ERROR_MAX,
			"%s: cannot open the file: %s", reader->path,
			strerror(errno));
		return false;
	}
	reader->text = malloc(FILE_OCTETS_MAX + 1);
	if(reader->text) {
		errno = 0;
		reader->len = fread(reader->text, 1, FILE_OCTETS_MAX + 1,
			file);
		ok = !ferror(file) && reader->len <= FILE_OCTETS_MAX;
	}
	if(!ok)
		snprintf(reader->error, HELIX_CONFIG_ERROR_MAX,
			"%s: cannot read the file: %s", reader->path,
			!reader->text ? "out of memory" :
			reader->len > FILE_OCTETS_MAX ? "it is over 4 MiB" :
			strerror(errno));
	fclose(file);
	return ok;
}

/** Where in the text an octet is. */
static void
text_position(const struct reader* reader, size_t offset, size_t* line,
	size_t* column)
{
	size_t i;
	*line = *column = 0;
	for(i = 0; i < offset && i < reader->len; i++) {
		if(reader->text[i] == '\n') {
			(*line)++;
			*column = 0;
		} else {
			(*column)++;
		}
	}
}

/** The octet at a place that libyaml gives as line and column; a column is a
 * character, so this is right up to the first one that is not ASCII. */
static char
text_at(const struct reader* reader, const yaml_mark_t* mark)
{
	const char* p = reader->text;
	const char* end = p + reader->len;
	size_t line;
	/* libyaml does not count the byte order mark */
	if(reader->len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	for(line = 0; line < mark->line && p < end; line++) {
		p = memchr(p, '\n', (size_t)(end - p));
		if(!p)
			return 0;
		p++;
	}
	return mark->column < (size_t)(end - p) ? p[mark->column] : 0;
}

/** Say what libyaml does not like. */
static bool
fail_yaml(struct reader* reader, const yaml_parser_t* parser)
{
	const yaml_mark_t* mark = &parser->problem_mark;
	size_t line, column;
	if(parser->error == YAML_MEMORY_ERROR)
		return fail_at(reader, 0, 0, "out of memory");
	if(parser->error == YAML_READER_ERROR) {
		text_position(reader, parser->problem_offset, &line, &column);
		if(strstr(parser->problem, "control characters"))
			return fail_at(reader, line, column, "there is a "
				"control character; expected plain text");
		return fail_at(reader, line, column, "this is not text in "
			"UTF-8: %s", parser->problem);
	}
	if(text_at(reader, mark) == '\t')
		return fail_at(reader, mark->line, mark->column, "there is a "
			"tab; expected spaces, as YAML allows no tabs here");
	return fail_at(reader, mark->line, mark->column, "this is not YAML: "
		"%s%s%s", parser->context ? parser->context : "",
		parser->context ? ", " : "", parser->problem);
}

/** Read the one document of a file. */
static bool
document_load(struct reader* reader)
{
	yaml_parser_t parser;
	yaml_document_t second;
	yaml_node_t* more;
	bool ok = false;
	if(!yaml_parser_initialize(&parser))
		return fail_at(reader, 0, 0, "out of memory");
	yaml_parser_set_input_string(&parser,
		(const unsigned char*)reader->text, reader->len);
	if(!yaml_parser_load(&parser, &reader->document)) {
		fail_yaml(reader, &parser);
		goto cleanup;
	}
	/* after the end there is an empty document */
	if(!yaml_document_get_root_node(&reader->document)) {
		ok = true;
	} else if(!yaml_parser_load(&parser, &second)) {
		fail_yaml(reader, &parser);
	} else {
		more = yaml_document_get_root_node(&second);
		ok = !more || fail_node(reader, more, "a second document "
			"begins here; expected only one");
		yaml_document_delete(&second);
	}
	if(!ok)
		yaml_document_delete(&reader->document);
cleanup:
	yaml_parser_delete(&parser);
	return ok;
}

struct helix_config*
helix_config_load(const char* path, char* error)
{
	struct reader reader = { .path = path, .error = error };
	struct helix_config* config = calloc(1, sizeof(*config));
	bool ok = false;
	if(!config || !config_set_defaults(config))
		snprintf(error, HELIX_CONFIG_ERROR_MAX, "%s: out of memory",
			path);
	else if(file_read(&reader) && document_load(&reader)) {
		ok = read_root(&reader, config);
		yaml_document_delete(&reader.document);
	}
	free(reader.text);
	if(ok)
		return config;
	helix_config_delete(config);
	return NULL;
}

void
helix_config_delete(struct helix_config* config)
{
	size_t i;
	if(!config)
		return;
	for(i = 0; i < config->zone_count; i++)
		free(config->zones[i].ns);
	free(config->zones);
	texts_clear((struct texts){ config->etcd.endpoints,
		config->etcd.endpoint_count });
	texts_clear((struct texts){ config->etcd.hidden,
		config->etcd.hidden_count });
	free(config->snapshot);
	free(config->etcd.prefix);
	free(config->etcd.username);
	free(config->etcd.password_file);
	free(config->etcd.tls.ca);
	free(config->etcd.tls.cert);
	free(config->etcd.tls.key);
	free(config->etcd.tls.server_name);
	free(config);
}

static bool
texts_same(struct texts a, struct texts b)
{
	size_t i;
	if(a.count != b.count)
		return false;
	for(i = 0; i < a.count; i++) {
		if(strcmp(a.text[i], b.text[i]) != 0)
			return false;
	}
	return true;
}

/** Whether two texts are the same, or neither is there. */
static bool
text_same(const char* a, const char* b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
tls_same(const struct etcd_tls* a, const struct etcd_tls* b)
{
	return text_same(a->ca, b->ca) && text_same(a->cert, b->cert) &&
		text_same(a->key, b->key) &&
		text_same(a->server_name, b->server_name);
}

bool
helix_config_same_etcd(const struct helix_config* a,
	const struct helix_config* b)
{
	const struct etcd_settings *x = &a->etcd, *y = &b->etcd;
	return texts_same((struct texts){ x->endpoints, x->endpoint_count },
		(struct texts){ y->endpoints, y->endpoint_count }) &&
		texts_same((struct texts){ x->hidden, x->hidden_count },
		(struct texts){ y->hidden, y->hidden_count }) &&
		x->api == y->api && text_same(x->prefix, y->prefix) &&
		text_same(x->username, y->username) &&
		text_same(x->password_file, y->password_file) &&
		tls_same(&x->tls, &y->tls) &&
		x->connect_timeout == y->connect_timeout &&
		x->request_timeout == y->request_timeout &&
		x->max_stale == y->max_stale && x->heartbeat == y->heartbeat &&
		text_same(a->snapshot, b->snapshot);
}

void
helix_config_swap_zones(struct helix_config* a, struct helix_config* b)
{
	struct zone_settings* zones = a->zones;
	size_t count = a->zone_count;
	a->zones = b->zones;
	a->zone_count = b->zone_count;
	b->zones = zones;
	b->zone_count = count;
}
