/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's codes, OpenSSL's verdicts and the registries' JSON (feature rows E8, B24) as sentences. */
#include "failure.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/slice.h"

#define QUOTED_MOST 512 /* of an answer that is no JSON */

/* --- the network --------------------------------------------------------------------------------- */

static void add_host(const char *url, struct buf *out)
{
	const char *from = strstr(url, "://");
	from = from ? from + 3 : url;
	buf_add(out, from, strcspn(from, "/?"));
}

static void describe_connect(const struct transfer *t, const char *url, struct buf *out)
{
	char *ip = NULL;
	long port = 0, sys = 0;

	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_PORT, &port);
	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &sys);
	buf_str(out, "dial tcp ");
	if (str_empty(ip))
		add_host(url, out);
	else
		buf_fmt(out, strchr(ip, ':') ? "[%s]:%ld" : "%s:%ld", ip, port);
	buf_fmt(out, ": connect: %s", err_text(sys ? (int)sys : ECONNREFUSED));
}

static void describe_certificate(const struct transfer *t, const char *url, struct buf *out)
{
	long verdict = 0;

	curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
	buf_str(out, "tls: failed to verify certificate: x509: ");
	if (verdict == X509_V_OK) {
		buf_str(out, "certificate is not valid for ");
		add_host(url, out);
	} else if (verdict == X509_V_ERR_CERT_HAS_EXPIRED ||
		   verdict == X509_V_ERR_CERT_NOT_YET_VALID) {
		buf_str(out, "certificate has expired or is not yet valid");
	} else if (verdict == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
		   verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
		   verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
		   verdict == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE) {
		buf_str(out, "certificate signed by unknown authority");
	} else {
		buf_str(out, X509_verify_cert_error_string(verdict));
	}
}

static void describe_tls(const struct transfer *t, struct buf *out)
{
	static const struct {
		const char *has, *says;
	} known[] = {
		{ "wrong version number", "http: server gave HTTP response to HTTPS client" },
		{ "packet length too long", "http: server gave HTTP response to HTTPS client" },
		{ "alert certificate required", "remote error: tls: certificate required" },
		{ "alert bad certificate", "remote error: tls: bad certificate" },
		{ "alert unknown ca", "remote error: tls: unknown certificate authority" },
		{ "alert handshake failure", "remote error: tls: handshake failure" },
		{ "alert protocol version", "remote error: tls: protocol version not supported" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(t->text, known[i].has)) {
			buf_str(out, known[i].says);
			return;
		}
	buf_fmt(out, "tls: %s", *t->text ? t->text : curl_easy_strerror(t->result));
}

static void describe_break(const struct transfer *t, struct buf *out)
{
	long sys = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &sys);
	/* A client certificate is asked for after the handshake in TLS 1.3. */
	if (strstr(t->text, "alert") || strstr(t->text, "SSL_read"))
		describe_tls(t, out);
	else if (sys == ECONNRESET)
		buf_str(out, "read: connection reset by peer");
	else if (sys == EPIPE)
		buf_str(out, "write: broken pipe");
	else
		buf_str(out, t->result == CURLE_GOT_NOTHING ? "EOF" : "unexpected EOF");
}

static void describe_lookup(const struct transfer *t, const char *url, struct buf *out)
{
	const char *from = strstr(url, "://");
	size_t n;

	from = from ? from + 3 : url;
	n = *from == '[' ? strcspn(from, "]") + 1 : strcspn(from, ":/?");
	if (t->result == CURLE_COULDNT_RESOLVE_PROXY)
		buf_fmt(out, "proxyconnect tcp: %s", *t->text ? t->text : "no such host");
	else
		buf_fmt(out, "dial tcp: lookup %.*s: no such host", (int)n, from);
}

/* What is not of the network's making stays what it is however often it is tried. */
static enum err_kind describe(const struct transfer *t, const char *url, struct buf *out)
{
	switch (t->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return describe_lookup(t, url, out), ERR_UNAVAILABLE;
	case CURLE_COULDNT_CONNECT:
		return describe_connect(t, url, out), ERR_UNAVAILABLE;
	case CURLE_PROXY:
		return buf_fmt(out, "proxyconnect tcp: %s", t->text), ERR_UNAVAILABLE;
	case CURLE_OPERATION_TIMEDOUT:
		buf_str(out, "dial tcp ");
		add_host(url, out);
		return buf_str(out, ": i/o timeout"), ERR_UNAVAILABLE;
	case CURLE_PEER_FAILED_VERIFICATION:
		return describe_certificate(t, url, out), ERR_INTERNAL;
	case CURLE_SSL_CONNECT_ERROR:
		if (strstr(t->text, "SYSCALL")) /* the connection broke in the handshake */
			return buf_str(out, "EOF"), ERR_UNAVAILABLE;
		return describe_tls(t, out), ERR_INTERNAL;
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return describe_break(t, out), ERR_UNAVAILABLE;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING:
		return buf_str(out,
			       "net/http: HTTP/1.x transport connection broken: malformed HTTP "
			       "response"),
		       ERR_INVALID;
	default:
		buf_str(out, *t->text ? t->text : curl_easy_strerror(t->result));
		return ERR_INTERNAL;
	}
}

int xfer_fault(const struct transfer *t, const char *method, const char *url, struct err *e)
{
	own_buf why = { 0 };
	enum err_kind kind;

	if (t->result == CURLE_ABORTED_BY_CALLBACK && !t->is_stalled)
		return err_set(e, ERR_CANCELLED, "context canceled");
	buf_init(&why, ERR_MSG_MAX);
	if (t->is_stalled) {
		buf_fmt(&why, "no data for %u seconds", t->stall_s);
		kind = ERR_UNAVAILABLE;
	} else {
		kind = describe(t, url, &why);
	}
	return err_set(e, kind, "%c%s \"%.400s\": %s", method[0],
		strcmp(method, "GET") == 0    ? "et"
		: strcmp(method, "HEAD") == 0 ? "ead"
		: strcmp(method, "POST") == 0 ? "ost"
		: strcmp(method, "PUT") == 0  ? "ut"
					      : "atch",
		url, why.data);
}

/* --- registries' refusals ------------------------------------------------------------------------ */

/* code: what stands for it when the registry leaves the message out; distribution's own words. */
static const struct {
	const char *code, *message;
	enum err_kind kind;
} codes[] = {
	{ "UNAUTHORIZED", "authentication required", ERR_UNAUTHORIZED },
	{ "DENIED", "requested access to the resource is denied", ERR_FORBIDDEN },
	{ "MANIFEST_UNKNOWN", "manifest unknown", ERR_NOT_FOUND },
	{ "NAME_UNKNOWN", "repository name not known to registry", ERR_NOT_FOUND },
	{ "BLOB_UNKNOWN", "blob unknown to registry", ERR_NOT_FOUND },
	{ "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", ERR_NOT_FOUND },
	{ "NAME_INVALID", "invalid repository name", ERR_INVALID },
	{ "TAG_INVALID", "manifest tag did not match URI", ERR_INVALID },
	{ "DIGEST_INVALID", "provided digest did not match uploaded content", ERR_INVALID },
	{ "SIZE_INVALID", "provided length did not match content length", ERR_INVALID },
	{ "MANIFEST_INVALID", "manifest invalid", ERR_INVALID },
	{ "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", ERR_INVALID },
	{ "UNSUPPORTED", "The operation is unsupported.", ERR_INVALID },
	{ "TOOMANYREQUESTS", "too many requests", ERR_UNAVAILABLE },
	{ "UNAVAILABLE", "service unavailable", ERR_UNAVAILABLE },
	{ "UNKNOWN", "unknown error", ERR_INTERNAL },
};

static enum err_kind kind_of_status(long status)
{
	if (status == 401)
		return ERR_UNAUTHORIZED;
	if (status == 403)
		return ERR_FORBIDDEN;
	if (status == 404)
		return ERR_NOT_FOUND;
	return status == 429 || status >= 500 ? ERR_UNAVAILABLE : ERR_INTERNAL;
}

const char *xfer_status_text(long status)
{
	static const struct {
		long status;
		const char *text;
	} texts[] = {
		{ 400, "400 Bad Request" },
		{ 401, "401 Unauthorized" },
		{ 402, "402 Payment Required" },
		{ 403, "403 Forbidden" },
		{ 404, "404 Not Found" },
		{ 405, "405 Method Not Allowed" },
		{ 406, "406 Not Acceptable" },
		{ 408, "408 Request Timeout" },
		{ 409, "409 Conflict" },
		{ 410, "410 Gone" },
		{ 411, "411 Length Required" },
		{ 412, "412 Precondition Failed" },
		{ 413, "413 Request Entity Too Large" },
		{ 415, "415 Unsupported Media Type" },
		{ 416, "416 Requested Range Not Satisfiable" },
		{ 418, "418 I'm a teapot" },
		{ 429, "429 Too Many Requests" },
		{ 500, "500 Internal Server Error" },
		{ 501, "501 Not Implemented" },
		{ 502, "502 Bad Gateway" },
		{ 503, "503 Service Unavailable" },
		{ 504, "504 Gateway Timeout" },
	};
	static _Thread_local char other[32];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			return texts[i].text;
	snprintf(other, sizeof(other), "%ld", status);
	return other;
}

static int say(const char *code, const char *message, enum err_kind kind, struct err *e)
{
	char spelled[64];
	size_t n = 0;

	for (const char *c = *code ? code : "UNKNOWN"; *c && n + 1 < sizeof(spelled); c++)
		spelled[n++] = *c == '_' ? ' ' : (char)tolower((unsigned char)*c);
	spelled[n] = 0;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].code, code) == 0) {
			kind = codes[i].kind;
			message = str_empty(message) ? codes[i].message : message;
		}
	return err_set(e, kind, "%s: %s", spelled, message ? message : "");
}

/* RFC 6750's verdict in the challenge weighs more than the body. */
static bool read_challenge_error(const struct exchange_answer *answer, char code[64], struct err *e)
{
	const struct challenge *c = challenge_find(&answer->challenges, "bearer");
	const char *word = c ? str_map_get(&c->params, "error") : NULL;
	const char *says = c ? str_map_get(&c->params, "error_description") : NULL;

	if (!word || (strcmp(word, "invalid_token") && strcmp(word, "insufficient_scope")))
		return false;
	snprintf(code, 64, "%s", strcmp(word, "invalid_token") ? "DENIED" : "UNAUTHORIZED");
	say(code, says, ERR_UNAUTHORIZED, e);
	return true;
}

static bool read_errors(
	const struct exchange_answer *answer, const struct json *doc, char code[64], struct err *e)
{
	const struct json *first = json_at(json_get_ci(doc, "errors"), 0);
	const char *details = json_str(json_get_ci(doc, "details"), NULL);

	if (json_type(first) == JSON_OBJ) {
		snprintf(code, 64, "%s", json_str(json_get_ci(first, "code"), ""));
		say(code, json_str(json_get_ci(first, "message"), NULL),
			kind_of_status(answer->status), e);
		return true;
	}
	if (json_type(first) == JSON_STR) {
		err_set(e, kind_of_status(answer->status), "unknown: %s", json_str(first, ""));
		return true;
	}
	if (!str_empty(details) && (answer->status == 401 || answer->status == 429)) {
		snprintf(
			code, 64, "%s", answer->status == 401 ? "UNAUTHORIZED" : "TOOMANYREQUESTS");
		say(code, details, kind_of_status(answer->status), e);
		return true;
	}
	return false;
}

static int quote_body(const struct exchange_answer *answer, bool is_json, struct err *e)
{
	char quoted[QUOTED_MOST], why[64];
	size_t n = 0, first = strspn(answer->body.data, " \t\r\n");

	if (is_json)
		snprintf(why, sizeof(why), "no error details found in HTTP response body");
	else if (first >= answer->body.len)
		snprintf(why, sizeof(why), "unexpected end of JSON input");
	else
		snprintf(why, sizeof(why), "invalid character '%c' looking for beginning of value",
			answer->body.data[first]);

	for (size_t i = 0; i < answer->body.len && n + 5 < sizeof(quoted); i++) {
		unsigned char c = (unsigned char)answer->body.data[i];
		if (c == '"' || c == '\\')
			quoted[n++] = '\\';
		if (c == '\n')
			quoted[n++] = '\\', c = 'n';
		if (c < 32 || c == 127)
			n += (size_t)snprintf(quoted + n, 5, "\\x%02x", c);
		else
			quoted[n++] = (char)c;
	}
	quoted[n] = 0;
	return err_set(e, kind_of_status(answer->status),
		"error parsing HTTP %ld response body: %s: \"%s\"", answer->status, why, quoted);
}

int xfer_refusal(const struct exchange_answer *answer, char code[64], struct err *e)
{
	char unused[64];
	struct err ignored;

	code = code ? code : unused;
	code[0] = 0;
	if (answer->status == 401 && read_challenge_error(answer, code, e))
		return -1;
	if (answer->status < 400 || answer->status >= 500)
		return err_set(e, answer->status >= 500 ? ERR_UNAVAILABLE : ERR_INTERNAL,
			"received unexpected HTTP status: %s", xfer_status_text(answer->status));
	own_json doc = json_parse(answer->body.data, answer->body.len, &ignored);
	if (doc && read_errors(answer, doc, code, e))
		return -1;
	return quote_body(answer, doc != NULL, e);
}
