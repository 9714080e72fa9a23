/* SPDX-License-Identifier: Apache-2.0 */
/* What the lexer, the parser and the evaluator of templates share. */
#ifndef TARE_CLI_TMPL_INT_H
#define TARE_CLI_TMPL_INT_H

#include "tmpl.h"

/* --- tokens --- */

enum token_type {
	TOK_ERROR,
	TOK_BOOL,
	TOK_CHAR, /* a single character: , */
	TOK_CHAR_CONST,
	TOK_ASSIGN,  /* = */
	TOK_DECLARE, /* := */
	TOK_EOF,
	TOK_FIELD, /* .name */
	TOK_IDENT,
	TOK_LEFT_DELIM,
	TOK_LEFT_PAREN,
	TOK_NUMBER,
	TOK_PIPE,
	TOK_RAW_STRING,
	TOK_RIGHT_DELIM,
	TOK_RIGHT_PAREN,
	TOK_SPACE,
	TOK_STRING,
	TOK_TEXT,
	TOK_VARIABLE, /* $ or $name */
	/* keywords from here */
	TOK_BLOCK,
	TOK_BREAK,
	TOK_CONTINUE,
	TOK_DOT,
	TOK_DEFINE,
	TOK_ELSE,
	TOK_END,
	TOK_IF,
	TOK_NIL,
	TOK_RANGE,
	TOK_TEMPLATE,
	TOK_WITH,
};

struct token {
	enum token_type type;
	size_t pos;
	int line;
	struct slice text; /* of an error: its sentence */
};

struct lexer {
	struct arena *arena;
	struct slice input;
	size_t pos, start;
	int line; /* of pos */
	int start_line;
	int paren_depth;
	bool in_action;
	bool is_done; /* after an error or the end only EOF comes */
};

void lexer_init(struct lexer *l, struct arena *a, struct slice input);
struct token lexer_next(struct lexer *l);

/* --- tree --- */

enum node_type {
	NODE_LIST,
	NODE_TEXT,
	NODE_ACTION,
	NODE_PIPE,
	NODE_COMMAND,
	NODE_BOOL,
	NODE_DOT,
	NODE_NIL,
	NODE_FIELD,
	NODE_VARIABLE,
	NODE_IDENT,
	NODE_CHAIN,
	NODE_NUMBER,
	NODE_STRING,
	NODE_IF,
	NODE_RANGE,
	NODE_WITH,
	NODE_TEMPLATE,
	NODE_BREAK,
	NODE_CONTINUE,
	NODE_END,  /* {{end}}, never in a tree */
	NODE_ELSE, /* {{else}}, never in a tree */
};

struct node_list {
	struct node **v;
	size_t n;
};

struct number {
	bool is_int, is_uint, is_float;
	int64_t i;
	uint64_t u;
	double f;
};

struct node {
	enum node_type type;
	size_t pos;
	int line;
	const struct tree *tree;
	struct slice text;	/* TEXT; IDENT, TEMPLATE name; NUMBER and STRING as written */
	struct slice str;	/* STRING: what it means */
	struct str_list idents; /* FIELD, VARIABLE ("$x", fields…), CHAIN (fields) */
	struct node_list kids;	/* LIST, PIPE (commands), COMMAND (arguments) */
	struct node_list decls; /* PIPE: variables */
	bool is_assign;		/* PIPE */
	bool truth;		/* BOOL */
	struct number number;
	struct node *pipe; /* ACTION IF RANGE WITH TEMPLATE; CHAIN: what the fields hang on */
	struct node *list, *otherwise;
};

/* One named template; the text is kept for line and column of errors. */
struct tree {
	struct slice name;
	const char *parse_name; /* of the whole */
	struct slice source;
	struct node *root; /* NODE_LIST */
};

struct tmpl {
	struct arena *arena;
	const char *name;
	struct tree **trees;
	size_t n_trees;
};

const struct tree *tmpl_tree(const struct tmpl *t, struct slice name);
/* The node as Go writes it in errors. */
void node_print(struct buf *out, const struct node *n);
const char *node_str(struct arena *a, const struct node *n);
/* Reads a number or character constant; false: *why is Go's sentence. */
bool number_parse(
	struct arena *a, struct slice text, bool is_char, struct number *out, const char **why);
/* strconv.Unquote of "…" or `…`; false: invalid syntax. */
bool string_unquote(struct arena *a, struct slice quoted, struct slice *out);
/* strconv.UnquoteChar after the opening quote; false: malformed. */
bool char_unquote(struct slice quoted, uint32_t *out, struct slice *rest);

/* --- parser --- */

#define TMPL_MAX_DEPTH 200

struct parser {
	struct arena *arena;
	struct tmpl *t;
	struct tree *tree; /* the one being parsed */
	struct lexer lexer;
	struct token token[3];
	int n_peeked;
	int depth;
	int range_depth;
	int action_line;
	struct str_list vars;
	struct err *e;
};

/* Tells the error and returns NULL (false). */
void *parser_fail(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void *parser_unexpected(struct parser *p, struct token t, const char *context);
bool parser_expect(struct parser *p, enum token_type type, const char *context);
struct token parser_next(struct parser *p);
struct token parser_next_non_space(struct parser *p);
struct token parser_peek(struct parser *p);
struct token parser_peek_non_space(struct parser *p);
/* Puts the last token back; with backup2 also t before it. */
void parser_backup(struct parser *p);
void parser_backup2(struct parser *p, struct token t);
struct node *parser_new_node(struct parser *p, enum node_type type, struct token at);
void parser_append(struct parser *p, struct node_list *l, struct node *n);
/* Declarations and commands up to end, which is taken too. */
struct node *parser_pipeline(struct parser *p, const char *context, enum token_type end);

/* --- functions --- */

enum param {
	PARAM_END = 0,
	PARAM_ANY,   /* interface{} */
	PARAM_VALUE, /* reflect.Value: as it comes */
	PARAM_STRING,
	PARAM_INT,
	PARAM_STRINGS, /* []string */
};

struct func_call {
	struct arena *arena;
	const struct go_val *args;
	size_t n;
	unsigned options;
	const char *first; /* the first argument as written */
};

struct func {
	const char *name;
	enum param params[4];
	bool is_variadic; /* the last parameter repeats */
	/* false: c->why is the error behind "error calling NAME: " */
	bool (*call)(const struct func_call *c, struct go_val *out, const char **why);
};

/* Built-ins and docker's; NULL: none of that name. With TMPL_HEADER docker's give back what they get. */
const struct func *func_find(struct slice name, unsigned options);
/* tmpl_compare.c and tmpl_escape.c: rows of the table in tmpl_func.c */
bool func_eq(const struct func_call *c, struct go_val *out, const char **why);
bool func_ne(const struct func_call *c, struct go_val *out, const char **why);
bool func_lt(const struct func_call *c, struct go_val *out, const char **why);
bool func_le(const struct func_call *c, struct go_val *out, const char **why);
bool func_gt(const struct func_call *c, struct go_val *out, const char **why);
bool func_ge(const struct func_call *c, struct go_val *out, const char **why);
bool func_html(const struct func_call *c, struct go_val *out, const char **why);
bool func_js(const struct func_call *c, struct go_val *out, const char **why);
bool func_urlquery(const struct func_call *c, struct go_val *out, const char **why);
/* fmt.Sprint of the arguments; a lone string is itself. */
struct go_val func_sprint(const struct func_call *c);

/* --- evaluator --- */

struct variable {
	const char *name;
	struct go_val value;
};

enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

struct exec {
	const struct tmpl *t;
	struct arena *arena;
	const struct tree *tree;
	const struct node *node; /* for errors */
	unsigned options;
	struct buf *out;
	struct variable *vars;
	size_t n_vars;
	int calls;
	long steps;
	enum flow flow;
	struct err *e;
};

/* Tells the error at the node at hand; returns false. */
bool exec_fail(struct exec *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *exec_printed(struct exec *s, struct go_val v);
void exec_push(struct exec *s, const char *name, struct go_val v);
bool exec_assign(struct exec *s, const char *name, struct go_val v);
/* Evaluates a pipeline and sets the variables it declares. */
bool exec_eval_pipe(struct exec *s, struct go_val dot, const struct node *pipe, struct go_val *out);

#endif
