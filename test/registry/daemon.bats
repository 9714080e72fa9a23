#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the daemon makes of registries: its options, login, search, and what a registry has under a name.
bats_require_minimum_version 1.5.0
load ../api/api
load lib

setup_file() {
	host_start
	registry_start 5000
	registry_start 5030 basic
	registry_start 5040 token
	registry_faulty 5100
	"$TOP/tools/mkimage.sh" --form oci --pack gzip --name a:1 "$T/a.tar"
	registry_push 5000 "$T/a.tar" lib/a latest >"$T/digest"
	registry_push 5030 "$T/a.tar" lib/a 1 --auth alice:secret >/dev/null
	cat >"$T/daemon.json" <<-'END'
		{"registry-mirrors": ["http://127.0.0.1:5000/"], "insecure-registries": ["10.9.0.0/16", "far.test:5000"],
		 "max-concurrent-downloads": 7, "proxies": {"https-proxy": "http://me:secret@proxy.test:3128", "no-proxy": "a,b"}}
	END
	api_start --allow-nondistributable-artifacts here.test
}

teardown_file() {
	registries_stop
	api_end
}

same() { [ "$1" = "$2" ] || { printf 'got:      %s\nexpected: %s\n' "$1" "$2"; return 1; }; }

credentials() { printf '%s' "$1" | base64 -w0 | tr '+/' '-_'; }

@test "info tells the configuration, and hides the proxy's password" {
	same "$(api GET /v1.50/info | jq -Sc .RegistryConfig)" '{"IndexConfigs":{"docker.io":{"Mirrors":["http://127.0.0.1:5000/"],"Name":"docker.io","Official":true,"Secure":true},"far.test:5000":{"Mirrors":[],"Name":"far.test:5000","Official":false,"Secure":false}},"InsecureRegistryCIDRs":["::1/128","127.0.0.0/8","10.9.0.0/16"],"Mirrors":["http://127.0.0.1:5000/"]}'
	same "$(api GET /v1.46/info | jq -c '.RegistryConfig | .AllowNondistributableArtifactsCIDRs, .AllowNondistributableArtifactsHostnames')" \
		"$(printf '[]\n["here.test"]')"
	same "$(api GET /info | jq -r '.HttpProxy, .HttpsProxy, .NoProxy, .IndexServerAddress' | paste -sd' ')" \
		' http://xxxxx:xxxxx@proxy.test:3128 a,b https://index.docker.io/v1/'
}

@test "a reload takes new registries" {
	cp "$T/daemon.json" "$T/daemon.old"
	echo '{"insecure-registries": ["new.test"]}' >"$T/daemon.json"
	kill -HUP "$TARED"
	for _ in $(seq 100); do
		api GET /info | jq -e '.RegistryConfig.IndexConfigs["new.test"]' >/dev/null && break
		sleep 0.05
	done
	api GET /info | jq -e '.RegistryConfig | .IndexConfigs["new.test"].Secure == false and .Mirrors == []'
	cp "$T/daemon.old" "$T/daemon.json"
	kill -HUP "$TARED"
	for _ in $(seq 100); do
		api GET /info | jq -e '.RegistryConfig.Mirrors != []' >/dev/null && break
		sleep 0.05
	done
}

@test "options that make no sense are refused in dockerd's words" {
	refused() { # JSON TEXT
		echo "$1" >"$T/bad.json"
		run "$BIN/tared" --validate --config-file "$T/bad.json"
		[ "$status" = 1 ]
		same "$output" "$2"
	}
	refused '{"registry-mirrors": ["ftp://x"]}' 'invalid mirror: unsupported scheme "ftp" in "ftp://x"'
	refused '{"registry-mirrors": ["https://u:p@x"]}' 'invalid mirror: username/password not allowed in URI "https://u:p@x"'
	refused '{"registry-mirrors": ["https://x?y"]}' 'invalid mirror: query or fragment at end of the URI "https://x?y"'
	refused '{"insecure-registries": ["svn://x"]}' "insecure registry svn://x should not contain '://'"
	refused '{"max-download-attempts": 0}' 'invalid max download attempts: 0'
	refused '{"max-concurrent-uploads": -1}' 'invalid max concurrent uploads: -1'
	refused '{"proxies": {"ftp-proxy": "x"}}' "unable to configure the Docker daemon with file $T/bad.json: the following directives don't match any configuration option: ftp-proxy"
}

@test "login: good, wrong, none there" {
	auth() { post_status /auth "$1"; }
	same "$(post /auth '{"username":"alice","password":"secret","serveraddress":"127.0.0.1:5030"}')" '{"IdentityToken":"","Status":"Login Succeeded"}'
	same "$(post /auth '{"username":"alice","password":"secret","serveraddress":"127.0.0.1:5040"}')" '{"IdentityToken":"refresh-alice","Status":"Login Succeeded"}'
	same "$(auth '{"username":"alice","password":"wrong","serveraddress":"127.0.0.1:5040"}')" \
		'401 Get "http://127.0.0.1:5040/v2/": unauthorized: incorrect username or password'
	same "$(auth '{"username":"alice","password":"secret","serveraddress":"127.0.0.1:5999"}')" \
		'500 Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused'
}

@test "search: rows, filters, limits" {
	same "$(api GET '/images/search?term=127.0.0.1:5100/x')" '[{"star_count":0,"is_official":false,"name":"image0","is_automated":false,"description":"a \"\u003cb\u003e\" é"},{"star_count":10,"is_official":false,"name":"image1","is_automated":false,"description":"a \"\u003cb\u003e\" é"},{"star_count":20,"is_official":true,"name":"image2","is_automated":false,"description":"a \"\u003cb\u003e\" é"}]'
	names() { api GET "/images/search?term=127.0.0.1:5100/x&$1" | jq -r '.[].name' | paste -sd,; }
	same "$(names limit=2)" image0,image1
	same "$(names 'filters=%7B%22stars%22:%5B%2210%22%5D%7D')" image1,image2
	same "$(names 'filters=%7B%22is-official%22:%5B%22true%22%5D%7D')" image2
	same "$(api_status GET '/images/search?term=x&limit=101')" '400 limit 101 is outside the range of [1, 100]'
	same "$(api_status GET '/images/search?term=x&filters=%7B%22a%22:%5B%22b%22%5D%7D')" "400 invalid filter 'a'"
	same "$(api_status GET '/images/search?term=127.0.0.1:5000/x')" '500 Unexpected status code 404'
}

@test "distribution: descriptor and platforms, without pulling" {
	local digest
	digest=$(tail -1 "$T/digest")
	same "$(api GET /distribution/127.0.0.1:5000/lib/a/json)" \
		"{\"Descriptor\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"$digest\",\"size\":$(api GET "/distribution/127.0.0.1:5000/lib/a@$digest/json" | jq .Descriptor.size)},\"Platforms\":[{\"architecture\":\"amd64\",\"os\":\"linux\"}]}"
	same "$(api_status GET /distribution/127.0.0.1:5000/lib/a:9/json)" '404 manifest unknown: manifest unknown'
	same "$(api_status GET /distribution/A/json)" '400 invalid reference format: repository name (library/A) must be lowercase'
	same "$(api_status GET /distribution/127.0.0.1:5030/lib/a:1/json)" '401 Get "http://127.0.0.1:5030/v2/lib/a/manifests/1": no basic auth credentials'
	api GET /distribution/127.0.0.1:5030/lib/a:1/json -H "X-Registry-Auth: $(credentials '{"username":"alice","password":"secret"}')" |
		jq -e '.Platforms == [{"architecture":"amd64","os":"linux"}]'
	api GET /images/json | jq -e '. == []'
}

@test "docker.io by a mirror" {
	api GET /distribution/lib/a/json | jq -e ".Descriptor.digest == \"$(tail -1 "$T/digest")\""
}
