#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docker import from standard input, files and URLs.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	host_start
	tared_start
	mkdir "$T/tree"
	mkdir "$T/tree/etc"
	echo root >"$T/tree/etc/passwd"
	tar -C "$T/tree" --mtime=@0 --owner=0 --group=0 -cf "$T/in.tar" .
}

teardown_file() {
	tared_stop
	host_end
}

@test "a plain tar, with name, message and changes" {
	id=$(docker import -m 'a message' -c 'CMD ["x"]' -c 'ENV A=B' "$T/in.tar" imp:1)
	expect_match "$id" '^sha256:[0-9a-f]{64}$'
	expect "$(docker inspect imp:1 | jq -cS '.[0] | {Id,Comment,Config,Parent,Os}')" \
		"{\"Comment\":\"a message\",\"Config\":{\"Cmd\":[\"x\"],\"Env\":[\"A=B\"]},\"Id\":\"$id\",\"Os\":\"linux\",\"Parent\":\"\"}"
	expect "$(docker inspect -f '{{index .RootFS.Layers 0}}' imp:1)" "sha256:$(sha256sum <"$T/in.tar" | cut -d' ' -f1)"
	expect "$(cat "$(docker inspect -f '{{.GraphDriver.Data.UpperDir}}' imp:1)/etc/passwd")" root
	expect "$(config_of imp:1 | jq -c '.history | map(del(.created))')" '[{"comment":"a message"}]'
}

@test "every compression gives the same layer" {
	for z in gzip xz bzip2 zstd; do
		$z -c "$T/in.tar" | docker import - "imp:$z"
		expect "$(docker inspect -f '{{.RootFS}} {{.Comment}}' "imp:$z")" \
			"$(docker inspect -f '{{.RootFS}}' imp:1) Imported from -"
	done
}

@test "platform" {
	docker import --platform linux/arm64 "$T/in.tar" arm
	expect "$(docker inspect -f '{{.Os}}/{{.Architecture}}' arm)" linux/arm64
	expect "$(api_status POST '/v1.50/images/create?fromSrc=-&platform=windows' --data-binary @/dev/null)" \
		'400 operating system is not supported'
}

@test "events" {
	since=$(date +%s.%N)
	docker import "$T/in.tar" imp:ev
	expect "$(docker events --since "$since" --until "$(date +%s.%N)" --format '{{.Type}} {{.Action}}' | paste -sd, -)" \
		'image tag,image import'
}

@test "what is no tar, or not all of one, is refused with its status, and nothing is left" {
	before=$(store_world | sort)
	seq 10000 >"$T/garbage"
	head -c 2000 "$T/in.tar" >"$T/short.tar"
	gzip -c "$T/in.tar" | head -c 100 >"$T/short.gz"
	expect "$(api_status POST '/v1.50/images/create?fromSrc=-' --data-binary "@$T/garbage")" \
		'400 archive/tar: invalid tar header'
	expect "$(api_status POST '/v1.50/images/create?fromSrc=-' --data-binary "@$T/short.tar")" '400 unexpected EOF'
	expect "$(api_status POST '/v1.50/images/create?fromSrc=-' --data-binary "@$T/short.gz")" '400 unexpected EOF'
	expect "$(api_status POST '/v1.50/images/create?fromSrc=-&repo=BAD' --data-binary @/dev/null)" \
		'400 invalid reference format: repository name (library/BAD) must be lowercase'
	expect "$(api_status POST '/v1.50/images/create?fromSrc=-&changes=RUN%20x' --data-binary @/dev/null)" \
		'400 RUN is not a valid change command'
	wait_for world_is "$before"
}

@test "a client that goes away in the middle leaves nothing, though a tar may end there" {
	before=$(store_world | sort)
	# two members that are whole, then silence
	printf 'POST /v1.50/images/create?fromSrc=-&repo=cut HTTP/1.1\r\nHost: d\r\nContent-Length: 100000\r\n\r\n' >"$T/request"
	head -c 1024 "$T/in.tar" >>"$T/request"
	timeout 5 python3 - "$T/tare.sock" "$T/request" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(open(sys.argv[2], 'rb').read())
		s.close()
	END
	wait_for world_is "$before"
	run -1 docker inspect cut
}

# A server on the private host's loopback: $T/www, and /slow, which promises more than it sends.
serve() {
	mkdir -p "$T/www"
	cp "$T/in.tar" "$T/www/in.tar"
	cat >"$T/serve.py" <<-'END'
		import http.server, os, sys
		os.chdir(sys.argv[1])
		class H(http.server.SimpleHTTPRequestHandler):
		    def do_GET(self):
		        if self.path == '/short':
		            self.send_response(200)
		            self.send_header('Content-Length', '100000')
		            self.end_headers()
		            self.wfile.write(open('in.tar', 'rb').read(1024))
		        elif self.path == '/moved':
		            self.send_response(302)
		            self.send_header('Location', '/in.tar')
		            self.end_headers()
		        else:
		            super().do_GET()
		    def log_message(self, *a):
		        pass
		s = http.server.HTTPServer(('127.0.0.1', 0), H)
		open(sys.argv[2], 'w').write('%d %d' % (s.server_port, os.getpid()))
		s.serve_forever()
	END
	on_host python3 "$T/serve.py" "$T/www" "$T/port" </dev/null >/dev/null 2>&1 3>&- &
	wait_for [ -s "$T/port" ]
	read -r PORT SERVER <"$T/port" || true
	rm "$T/port"
}

@test "from a URL, with progress; a redirect is followed" {
	serve
	run -0 docker import "http://127.0.0.1:$PORT/in.tar" url:1
	expect "${lines[0]}" "Downloading from http://127.0.0.1:$PORT/in.tar"
	expect_match "${lines[-1]}" '^sha256:[0-9a-f]{64}$'
	expect "$(docker inspect -f '{{.RootFS}} {{.Comment}}' url:1)" \
		"$(docker inspect -f '{{.RootFS}}' imp:1) Imported from http://127.0.0.1:$PORT/in.tar"
	run -0 docker import "http://127.0.0.1:$PORT/moved" url:2
	expect "$(docker inspect -f '{{.RootFS}}' url:2)" "$(docker inspect -f '{{.RootFS}}' imp:1)"
	kill "$SERVER"
	wait_gone "$SERVER"
}

@test "what a server cannot give is an error, and nothing is left" {
	serve
	before=$(store_world | sort)
	expect_match "$(api_status POST "/v1.50/images/create?fromSrc=http://127.0.0.1:$PORT/none")" \
		"^404 failed to GET http://127.0.0.1:$PORT/none with status 404 Not Found: "
	run -1 docker import "http://127.0.0.1:$PORT/short" cut:1
	run -1 docker import "http://127.0.0.1:1/x" cut:1
	[[ $output == *'connection refused'* ]] || { echo "$output"; return 1; }
	run -1 docker import "ftp://127.0.0.1/x" cut:1
	run -1 docker import "http://127.0.0.1:$PORT/serve.py" cut:1
	run -1 docker inspect cut:1
	wait_for world_is "$before"
	kill "$SERVER"
	wait_gone "$SERVER"
}
