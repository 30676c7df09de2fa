from chat.tests.e2e.conftest import *
from chat.tests.e2e.raw_caller import RawCaller
import pytest, time
@pytest.mark.parametrize("l", ["asyncio", "uvloop"])
def test_dbg(zai, settings, l):
  settings.CHAT_WRITE_TIMEOUT_SECONDS = 0.3
  loop=Loop()
  with service_for(app=loop, loop=l) as service:
    idle=loop.tasks()
    bad=[]
    for k in range(2770,2930,4):
      with RawCaller(service.url, receive_buffer=4096) as caller:
        caller.ask(f"sim:big={k}", stream=False)
        line=service.line()
        time.sleep(0.05)
        n=len(loop.tasks()-idle)
        if n: bad.append((k,line[:40],n))
    print(l, bad)
