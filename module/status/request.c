/*
 * status/request.c - the head of an HTTP request.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/request.h"
#include "base/text.h"
#include <string.h>
#include <strings.h>

/** A piece of the head; not NUL-terminated. */
struct slice {
	const char* text;
	size_t len;
};

/** Octets of empty lines before a request, which are ignored (RFC 9112
 * 2.2). */
static size_t
empty_lines(const char* octets, size_t len)
{
	size_t i = 0;
	for(;;) {
		if(i < len && octets[i] == '\n')
			i++;
		else if(i + 1 < len && octets[i] == '\r' &&
			octets[i + 1] == '\n')
			i += 2;
		else	return i;
	}
}

size_t
request_head_len(const char* octets, size_t len)
{
	size_t i = empty_lines(octets, len);
	const char* newline;
	while((newline = memchr(octets + i, '\n', len - i))) {
		i = (size_t)(newline - octets) + 1;
		if(i < len && octets[i] == '\n')
			return i + 1;
		if(i + 1 < len && octets[i] == '\r' && octets[i + 1] == '\n')
			return i + 2;
	}
	return 0;
}

enum http_status
request_too_large(const char* octets, size_t len)
{
	size_t begin = empty_lines(octets, len);
	return memchr(octets + begin, '\n', len - begin) ?
		HTTP_FIELDS_TOO_LARGE : HTTP_URI_TOO_LONG;
}

/** Take a line off the head, without its end. @return false at the end. */
static bool
next_line(struct slice* head, struct slice* line)
{
	const char* newline = memchr(head->text, '\n', head->len);
	size_t taken;
	if(!newline)
		return false;
	taken = (size_t)(newline - head->text) + 1;
	*line = (struct slice){ head->text, taken - 1 };
	if(line->len > 0 && line->text[line->len - 1] == '\r')
		line->len--;
	head->text += taken;
	head->len -= taken;
	return true;
}

/** Take what is before the first of an octet off a line, and that octet.
 * @return false if there is none. */
static bool
take_until(struct slice* line, char octet, struct slice* piece)
{
	const char* at = memchr(line->text, octet, line->len);
	if(!at)
		return false;
	*piece = (struct slice){ line->text, (size_t)(at - line->text) };
	line->text += piece->len + 1;
	line->len -= piece->len + 1;
	return true;
}

static bool
is(struct slice piece, const char* text)
{
	return piece.len == strlen(text) &&
		memcmp(piece.text, text, piece.len) == 0;
}

/** The same, whatever the case. */
static bool
is_like(struct slice piece, const char* text)
{
	return piece.len == strlen(text) &&
		strncasecmp(piece.text, text, piece.len) == 0;
}

/** True if a piece is a token (RFC 9110 5.6.2). */
static bool
is_token(struct slice piece)
{
	size_t i;
	for(i = 0; i < piece.len; i++) {
		char c = piece.text[i];
		if(!text_is_digit(c) && !(c >= 'a' && c <= 'z') &&
			!(c >= 'A' && c <= 'Z') &&
			(c == 0 || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return piece.len > 0;
}

/** True if a piece is visible US-ASCII. */
static bool
is_visible(struct slice piece)
{
	size_t i;
	for(i = 0; i < piece.len; i++) {
		if(piece.text[i] <= ' ' || piece.text[i] > '~')
			return false;
	}
	return piece.len > 0;
}

/** True if a piece may be a field's value (RFC 9110 5.5). */
static bool
is_value(struct slice piece)
{
	size_t i;
	for(i = 0; i < piece.len; i++) {
		unsigned char c = (unsigned char)piece.text[i];
		if((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* --- the request line ---------------------------------------------------- */

/** Take "http://host" off an absolute target (RFC 9112 3.2.2). */
static void
skip_authority(struct slice* target)
{
	static const char scheme[] = "http://";
	size_t len = sizeof(scheme) - 1;
	const char* slash;
	if(target->len < len || strncasecmp(target->text, scheme, len) != 0)
		return;
	slash = memchr(target->text + len, '/', target->len - len);
	if(slash) {
		target->len -= (size_t)(slash - target->text);
		target->text = slash;
	} else	*target = (struct slice){ "/", 1 };
}

/** Keep the path of a target. */
static enum http_status
read_target(struct slice target, struct request* request)
{
	struct slice path;
	if(!is_visible(target))
		return HTTP_BAD_REQUEST;
	skip_authority(&target);
	/* of a CONNECT or OPTIONS, a target may be something else */
	if(*target.text != '/')
		return request->method == REQUEST_OTHER ?
			HTTP_METHOD_NOT_ALLOWED : HTTP_BAD_REQUEST;
	if(!take_until(&target, '?', &path))
		path = target;
	if(path.len < sizeof(request->path)) {
		memcpy(request->path, path.text, path.len);
		request->path[path.len] = 0;
	}
	return HTTP_OK;
}

/** Read a version. @param minor: set to what is behind the dot. */
static enum http_status
read_version(struct slice version, char* minor)
{
	if(version.len != 8 || memcmp(version.text, "HTTP/", 5) != 0 ||
		!text_is_digit(version.text[5]) || version.text[6] != '.' ||
		!text_is_digit(version.text[7]))
		return HTTP_BAD_REQUEST;
	*minor = version.text[7];
	return version.text[5] == '1' ? HTTP_OK : HTTP_VERSION_NOT_SUPPORTED;
}

static enum http_status
read_request_line(struct slice line, struct request* request, char* minor)
{
	struct slice method, target;
	enum http_status status;
	if(!take_until(&line, ' ', &method) || !is_token(method))
		return HTTP_BAD_REQUEST;
	if(is(method, "GET"))
		request->method = REQUEST_GET;
	else if(is(method, "HEAD"))
		request->method = REQUEST_HEAD;
	if(!take_until(&line, ' ', &target))
		return HTTP_BAD_REQUEST;
	status = read_version(line, minor);
	return status == HTTP_OK ? read_target(target, request) : status;
}

/* --- the fields ---------------------------------------------------------- */

/** Take white space off both ends. */
static struct slice
trim(struct slice piece)
{
	while(piece.len > 0 && (*piece.text == ' ' || *piece.text == '\t')) {
		piece.text++;
		piece.len--;
	}
	while(piece.len > 0 && (piece.text[piece.len - 1] == ' ' ||
		piece.text[piece.len - 1] == '\t'))
		piece.len--;
	return piece;
}

/** The Accept fields so far. */
struct accept {
	/** octets that are kept */
	size_t len;
	/** whether there is more than is kept */
	bool over;
};

/** Keep an Accept field. */
static void
keep_accept(struct request* request, struct slice value, struct accept* accept)
{
	const char* comma = accept->len > 0 ? ", " : "";
	size_t more = strlen(comma) + value.len;
	if(more >= sizeof(request->accept) - accept->len)
		accept->over = true;
	if(accept->over) {
		*request->accept = 0;
		return;
	}
	memcpy(request->accept + accept->len, comma, strlen(comma));
	memcpy(request->accept + accept->len + strlen(comma), value.text,
		value.len);
	accept->len += more;
	request->accept[accept->len] = 0;
}

/** Read the fields. @param hosts: set to how many Host fields there are. */
static enum http_status
read_fields(struct slice head, struct request* request, unsigned* hosts)
{
	struct accept accept = { 0, false };
	struct slice line, name;
	while(next_line(&head, &line) && line.len > 0) {
		/* a line that begins with a space, too: it would go on with
		 * the field before it, which servers no longer do */
		if(!take_until(&line, ':', &name) || !is_token(name) ||
			!is_value(line))
			return HTTP_BAD_REQUEST;
		if(is_like(name, "Accept"))
			keep_accept(request, trim(line), &accept);
		else if(is_like(name, "Host"))
			(*hosts)++;
	}
	return HTTP_OK;
}

enum http_status
request_read(const char* octets, size_t len, struct request* request)
{
	size_t begin = empty_lines(octets, len);
	struct slice head = { octets + begin, len - begin };
	struct slice line;
	enum http_status status;
	unsigned hosts = 0;
	char minor = 0;
	*request = (struct request){ .method = REQUEST_OTHER };
	if(!next_line(&head, &line))
		return HTTP_BAD_REQUEST;
	status = read_request_line(line, request, &minor);
	if(status != HTTP_OK)
		return status;
	status = read_fields(head, request, &hosts);
	/* RFC 9112 3.2 */
	if(status == HTTP_OK && (hosts > 1 || (hosts == 0 && minor > '0')))
		return HTTP_BAD_REQUEST;
	return status;
}
