# API=https://… KEY=wt_… python3 watch_deposits.py
import os, pathlib, sys, time, urllib.request

api, key = os.environ.get("API", "http://127.0.0.1:5080"), os.environ["KEY"]
kept, new = pathlib.Path("position.txt"), pathlib.Path("position.new")
after = kept.read_text() if kept.exists() else "0:0"
while True:
    try:
        asked = urllib.request.Request(f"{api}/api/v1/events?after={after}", headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(asked, timeout=45) as stream:
            event = {}
            for line in stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    event[name] = value
                    continue
                if "data" in event:
                    print(event["data"], flush=True)  # Your work, before the position is kept: whatever breaks now is told again.
                if "id" in event:
                    after = event["id"]
                    new.write_text(after)  # A file that is written halfway is no position.
                    new.replace(kept)
                event = {}
    except Exception as failure:
        print(f"{failure}; goes on after {after}", file=sys.stderr)
    time.sleep(1)
