"""What Redis does in one step, as Lua; with Redis 7 and Valkey.

Keys, all with one hash tag, so that a cluster would have them in one place:

    {zc}:alive:LEASE  a process that counts; gone when it has not renewed it for 90 s
    {zc}:held:NAME    a hash: LEASE to what its open requests hold, LEASE$ to what they
                      were charged that the database does not have yet
    {zc}:spent:NAME   what the database has of a sum
    {zc}:rate:NAME    a list: when requests came, by Redis' clock (µs), the latest first

What a lease that is gone holds counts no more, and is removed by whoever comes across
it: nobody has to clean up. A process that has lost its lease, however it did, takes
another and puts there what it holds, all at once. So whatever happened to a command,
none comes twice or too late: it names a lease, and is void without it.

What is spent is believed for 60 s, and then the database is asked again: a cost may
have been taken back. Numbers are whole, and exact as far as Lua's are: 2^53, that is 9
billion dollars.
"""

from chat.redis.script import Script

LOST, UNKNOWN, TAKEN, SHORT = -1, -2, 0, 1
TAG = "{zc}:"
# From the last change, or from the process that looks after it.
SECONDS_TO_KEEP = 600

# KEYS: the lease. ARGV: a message, in MessagePack:
#   [changes: [[name, held, charged]], totals: [[name, total]],
#    requests: [[[kind, name, amount, limit]]], takes, names to keep]
# Returns [LOST], or [TAKEN, for each request [outcome, three figures for each claim],
# how many names were kept].
TELL = Script("""
local ALIVE, HELD = '{zc}:alive:', '{zc}:held:'
local SPENT, RATE = '{zc}:spent:', '{zc}:rate:'
local LOST, UNKNOWN, TAKEN, SHORT = -1, -2, 0, 1
local MINUTE = 60000000
local lease = string.sub(KEYS[1], #ALIVE + 1)
if redis.call('EXPIRE', KEYS[1], 90) == 0 then return {LOST} end
local changes, totals, requests, takes, names = unpack(cmsgpack.unpack(ARGV[1]))

local function add(key, field, by)
  if by ~= 0 and redis.call('HINCRBY', key, field, by) == 0 then
    redis.call('HDEL', key, field)
  end
end
local function change(name, held, charged)
  local key = HELD .. name
  add(key, lease, held)
  add(key, lease .. '$', charged)
  redis.call('EXPIRE', key, 600)
end
for _, one in ipairs(changes) do change(one[1], one[2], one[3]) end

for _, one in ipairs(totals) do
  local key = SPENT .. one[1]
  local known = tonumber(redis.call('GET', key) or nil)
  if not known then redis.call('SET', key, one[2], 'EX', 60)
  elseif known < one[2] then redis.call('SET', key, one[2], 'KEEPTTL') end
end

local living = {}
local function lives(other)
  if living[other] == nil then
    living[other] = redis.call('EXISTS', ALIVE .. other) == 1
  end
  return living[other]
end
local function sum_up(key)
  local held, charged = 0, 0
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local field, amount = fields[i], tonumber(fields[i + 1])
    local is_charge = string.sub(field, -1) == '$'
    if not lives(is_charge and string.sub(field, 1, -2) or field) then
      redis.call('HDEL', key, field)
    elseif is_charge then charged = charged + amount
    else held = held + amount end
  end
  return {math.max(held, 0), math.max(charged, 0)}
end
local sums = {}
local function sums_of(name)
  if not sums[name] then sums[name] = sum_up(HELD .. name) end
  return sums[name]
end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function minute_of(name, limit)
  local key = RATE .. name
  for _ = 1, 100 do  -- more than can have come meanwhile, and never long
    local oldest = redis.call('LINDEX', key, -1)
    if not oldest or tonumber(oldest) > now - MINUTE then break end
    redis.call('RPOP', key)
  end
  local count = redis.call('LLEN', key)
  local first = tonumber(redis.call('LINDEX', key, math.max(limit, 1) - 1) or nil)
  if limit < 1 or (first and first > now - MINUTE) then
    return count, false, (first or now) + MINUTE - now
  end
  local oldest = tonumber(redis.call('LINDEX', key, -1) or nil) or now
  return count, true, math.max(0, oldest + MINUTE - now)
end

local function figures_of(kind, name, amount, limit)
  if kind == 'rate' then
    local count, allowed, reset = minute_of(name, limit)
    return allowed, count, allowed and 1 or 0, reset
  end
  local held, charged = unpack(sums_of(name))
  local spent = 0
  if kind == 'budget' then
    spent = tonumber(redis.call('GET', SPENT .. name) or nil)
    if not spent then return nil, held, charged, -1 end
  end
  return spent + charged + held + amount <= limit, held, charged, spent
end

local function take(kind, name, amount, limit)
  if kind == 'rate' then
    redis.call('LPUSH', RATE .. name, string.format('%.0f', now))
    redis.call('LTRIM', RATE .. name, 0, limit - 1)
    redis.call('EXPIRE', RATE .. name, 60)
  else
    change(name, amount, 0)
    sums_of(name)[1] = sums_of(name)[1] + amount
  end
end

local answers = {}
for number, claims in ipairs(requests) do
  local outcome, answer = TAKEN, {TAKEN}
  for _, claim in ipairs(claims) do
    local fits, first, second, third = figures_of(unpack(claim))
    if fits == nil then outcome = UNKNOWN
    elseif not fits and outcome == TAKEN then outcome = SHORT end
    for _, figure in ipairs({first, second, third}) do
      answer[#answer + 1] = figure
    end
  end
  if outcome == TAKEN and takes then
    for _, claim in ipairs(claims) do take(unpack(claim)) end
  end
  answer[1] = outcome
  answers[number] = answer
end

local kept = 0
for _, name in ipairs(names) do
  kept = kept + redis.call('EXPIRE', HELD .. name, 600)
end
return {TAKEN, answers, kept}
""")

# KEYS: the lease that is taken, those that are given up. ARGV: [[name, held, charged]]
# of all that is held, in MessagePack.
JOIN = Script("""
local ALIVE, HELD = '{zc}:alive:', '{zc}:held:'
local lease = string.sub(KEYS[1], #ALIVE + 1)
for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
redis.call('SET', KEYS[1], 1, 'EX', 90)
for _, one in ipairs(cmsgpack.unpack(ARGV[1])) do
  local key = HELD .. one[1]
  if one[2] ~= 0 then redis.call('HSET', key, lease, one[2]) end
  if one[3] ~= 0 then redis.call('HSET', key, lease .. '$', one[3]) end
  redis.call('EXPIRE', key, 600)
end
return 1
""")
