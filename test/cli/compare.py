#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the stock docker client and tare with the same arguments against the same fake engine and compares
what they print, their exit codes and the requests that change something: compare.py TARE CASES.json

CASES: {"routes": {…fake_engine's…}, "cases": [case…]}. A case is {"argv": […], "stdin": text, "env": {…},
"calls": true (compare requests, bodies as JSON), "gets": true (reads too), "output": false (only the requests),
"routes": {…} (added to the common ones), "files": {name: text} (in the working directory), "tty": text typed, or
a list typed one by one, "config": {…} (config.json at the start; it is compared afterwards), "programs": {name: script} (in PATH),
"kept": [name…] (files whose content and mode are compared), "columns": of the terminal, "cwd": dir}. "@T" in arguments,
files and programs is the working directory. X-Registry-Auth is part of a request. With "registry" (fake_registry's content)
beside "cases", "@R" is its address and what it is asked to change is compared. "argvs" instead of "argv" are several calls in a row.
"""
import base64, fcntl, json, os, pty, re, select, shlex, shutil, struct, subprocess, sys, tempfile, termios, time

HERE = os.path.dirname(os.path.abspath(__file__))
tare, cases_path = map(os.path.abspath, sys.argv[1:3])
only = sys.argv[3:]
doc = json.load(open(cases_path))
T = tempfile.mkdtemp(prefix="tare-cmp-")
SOCKET, ROUTES, LOG = (os.path.join(T, n) for n in ("s.sock", "routes.json", "log"))


def write_routes(routes):
    tmp = ROUTES + ".new"
    json.dump(routes, open(tmp, "w"))
    os.rename(tmp, ROUTES)
    # the engine forgets its turns when the file's time changes
    now = time.time_ns()
    os.utime(ROUTES, ns=(now, now))


registry = None # "host:port"


def subst(x):
    return x.replace("@T", T).replace("@R", registry or "@R")


def type_on_tty(argv, env, cwd, typed, columns):
    pid, fd = pty.fork()
    if pid == 0:
        if columns:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.chdir(cwd)
        os.execvpe(argv[0], argv, env)
    out = b""
    deadline = time.time() + 10
    # lists are answers to questions; a busy machine asks late
    asks = isinstance(typed, list)
    typed = list(typed) if asks else [typed]
    patience = time.time() + 2
    while time.time() < deadline:
        ready, _, _ = select.select([fd], [], [], 0.3)
        if ready:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            out += data
        elif typed and ((out.endswith((b": ", b"] ")) if asks else out) or time.time() > patience):
            os.write(fd, typed.pop(0).encode())
            patience = time.time() + 2
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return out.decode(errors="replace"), "", os.waitstatus_to_exitcode(status)


def prepare(case, env):
    """The home and the programs of one run."""
    shutil.rmtree(os.path.join(T, ".docker"), ignore_errors=True)
    if "config" in case:
        os.mkdir(os.path.join(T, ".docker"))
        with open(os.path.join(T, ".docker/config.json"), "w") as f:
            f.write(case["config"] if isinstance(case["config"], str) else json.dumps(case["config"]))
    if "programs" in case:
        bin = os.path.join(T, "bin")
        shutil.rmtree(bin, ignore_errors=True)
        os.mkdir(bin)
        for name, text in case["programs"].items():
            with open(os.path.join(bin, name), "w") as f:
                f.write(subst(text))
            os.chmod(f.name, 0o755)
        env["PATH"] = bin + ":" + env["PATH"]


def kept(case):
    """What a run left behind, as text."""
    names = [subst(n) for n in case.get("kept", [])]
    if "config" in case:
        names.append(".docker/config.json")
    out = {}
    if registry:
        log = os.path.join(T, "registry.log")
        out["registry"] = open(log).read()
        open(log, "w").close()
    for name in names:
        path = os.path.join(T, name)
        if os.path.isfile(path):
            out[name] = "%o %s" % (os.stat(path).st_mode & 0o7777, open(path, errors="replace").read())
        elif os.path.isdir(path):
            out[name] = {os.path.relpath(os.path.join(d, f), path): open(os.path.join(d, f), errors="replace").read()
                         for d, _, files in os.walk(path) for f in files}
        else:
            out[name] = None
    return out


def run(program, case):
    own = case.get("routes", {})
    write_routes({**own, **{k: v for k, v in doc.get("routes", {}).items() if k not in own}})
    open(LOG, "w").close()
    env = {"PATH": os.environ["PATH"], "HOME": T, "DOCKER_HOST": "unix://" + SOCKET, "TZ": "UTC",
           **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}, **case.get("env", {})}
    prepare(case, env)
    out, err, rc = "", "", []
    for argv in case.get("argvs") or [case["argv"]]:
        argv = [program] + [subst(a) for a in argv]
        if "tty" in case:
            more_out, more_err, code = type_on_tty(argv, env, T, case["tty"], case.get("columns"))
        else:
            p = subprocess.run(argv, input=case.get("stdin", "").encode(), capture_output=True, env=env, cwd=T,
                               timeout=30)
            more_out, more_err, code = p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace"), p.returncode
        out, err, rc = out + more_out, err + more_err, rc + [code]
    # docker goes through a map of errors here
    if "could not erase credentials" in err:
        err = "\n".join(sorted(err.split("\n")))
    calls = [json.loads(l) for l in open(LOG)]
    calls = [c for c in calls if not c["call"].split()[1].startswith("/_ping")]
    if not case.get("gets"):
        calls = [c for c in calls if not c["call"].startswith("GET")]
    return out, err, rc, calls, kept(case)


def normal(body):
    """What docker's client sends in the order of a Go map has no order."""
    if isinstance(body, dict):
        body = {k: normal(v) for k, v in body.items()}
        for key in ("Binds", "Env"):
            if isinstance(body.get(key), list):
                body[key] = sorted(body[key])
    return body


def auth(call):
    text = call["headers"].get("X-Registry-Auth")
    try:
        return json.loads(base64.urlsafe_b64decode(text)) if text is not None else None
    except ValueError:
        return text


def shown(call):
    return call["call"] + " " + json.dumps(normal(call["body"]), sort_keys=True)


def leaves(x, path=""):
    if isinstance(x, dict):
        return {k2: v2 for k, v in x.items() for k2, v2 in leaves(v, f"{path}.{k}").items()} or {path: {}}
    return {path: x}


def call_differences(docker_calls, tare_calls):
    """Calls with the same line are compared member by member."""
    rest = list(tare_calls)
    for d in docker_calls:
        same = [t for t in rest if t["call"] == d["call"]]
        if not same:
            yield "docker sends", shown(d)
            continue
        rest.remove(same[0])
        a, b = leaves(normal(d["body"])), leaves(normal(same[0]["body"]))
        if auth(d) != auth(same[0]):
            yield d["call"] + " X-Registry-Auth", f"docker {auth(d)} tare {auth(same[0])}"
        for k in sorted(set(a) | set(b)):
            if a.get(k, "absent") != b.get(k, "absent"):
                yield d["call"].split("?")[0] + k, f"docker {a.get(k, 'absent')!r} tare {b.get(k, 'absent')!r}"
    for t in rest:
        yield "tare sends  ", shown(t)


def differences(case):
    for name, text in case.get("files", {}).items():
        open(os.path.join(T, name), "w").write(subst(text))
    results = []
    for program in ("docker", tare):
        for name in case.get("made", []):
            if os.path.isdir(os.path.join(T, subst(name))):
                shutil.rmtree(os.path.join(T, subst(name)))
            elif os.path.lexists(os.path.join(T, subst(name))):
                os.unlink(os.path.join(T, subst(name)))
        results.append(run(program, case))
    (d_out, d_err, d_rc, d_calls, d_kept), (t_out, t_err, t_rc, t_calls, t_kept) = results
    for name in d_kept:
        if d_kept[name] != t_kept[name]:
            yield name, f"docker left {d_kept[name]!r}"
            yield name, f"tare left   {t_kept[name]!r}"
    if case.get("calls"):
        yield from call_differences(d_calls, t_calls)
    if case.get("output", True):
        # an address is what it is
        d_out, t_out = (re.sub(r"0xc0[0-9a-f]{8}", "0xc000000000", x) for x in (d_out, t_out))
        for what, x, y in (("stdout", d_out, t_out), ("stderr", d_err, t_err), ("exit code", d_rc, t_rc)):
            if x != y:
                yield f"docker's {what}", repr(x)
                yield f"tare's   {what}", repr(y)
    elif d_rc != t_rc:
        yield "exit codes", f"{d_rc} {t_rc} {t_err!r}"


def start_registry(content):
    paths = [os.path.join(T, n) for n in ("port", "content.json", "registry.log")]
    json.dump(content, open(paths[1], "w"))
    open(paths[2], "w").close()
    p = subprocess.Popen([sys.executable, os.path.join(HERE, "fake_registry.py"), *paths])
    while not os.path.exists(paths[0]):
        time.sleep(0.02)
    return p, "127.0.0.1:" + open(paths[0]).read()


write_routes({})
server = None
if "registry" in doc:
    server, registry = start_registry(doc["registry"])
engine = subprocess.Popen([sys.executable, os.path.join(HERE, "fake_engine.py"), SOCKET, ROUTES, LOG])
bad = n = 0
try:
    while not os.path.exists(SOCKET):
        time.sleep(0.02)
    for case in doc["cases"]:
        if isinstance(case, str):
            case = {"argv": shlex.split(case)}
        case = {**doc.get("all", {}), **case}
        if "argvs" in case:
            case["argvs"] = [shlex.split(a) if isinstance(a, str) else a for a in case["argvs"]]
            case["argv"] = case["argvs"][-1]
        if isinstance(case["argv"], str):
            case["argv"] = shlex.split(case["argv"])
        if only and not all(o in " ".join(case["argv"]) for o in only):
            continue
        n += 1
        try:
            found = list(differences(case))
        except subprocess.TimeoutExpired as e:
            found = [("no end", str(e))]
        if found:
            bad += 1
            print("==", shlex.join(case["argv"]))
            for what, text in found:
                print("  ", what, text[:20000])
finally:
    for p in filter(None, (engine, server)):
        p.kill()
        p.wait()
    shutil.rmtree(T, ignore_errors=True)
print(f"{n} cases, {bad} differ")
sys.exit(1 if bad or n == 0 else 0)
