"""One line for all processes, in Redis, as Lua; with Redis 7 and Valkey.

Keys, all with one hash tag:

    {zc}:gate:alive     the processes that count, by lease, until when (µs)
    {zc}:gate:crowd     how many wait in each process, in all lanes
    {zc}:gate:from      nothing is granted before it (µs): others may hold slots yet
    {zc}:gate:quiet     nobody was left, and nobody held a slot
    {zc}:gate:LANE:open     who holds a slot, until when
    {zc}:gate:LANE:state    what was learned, and what of it counts here
    {zc}:gate:LANE:aside    who was refused, and when it is due
    {zc}:gate:LANE:who      of those who wait: client, user, step
    {zc}:gate:LANE:line...  the turns of clients, and below them of users

Who waits or holds a slot is called LEASE:NUMBER: it counts as long as its process has
that lease. The line is that of `chat.gate.line`, which says how turns go round. Times
are in µs by Redis' clock, and those that are told are milliseconds from now.
"""

from chat.redis.script import Script

TAG = "{zc}:gate:"
ALIVE = TAG + "alive"
# Grants for one process are told on the channel of that name, and news to all.
CHANNEL = "zc:gate"

# What a message is for.
TELL, JOIN, REJOIN, LEAVE = range(4)
# How somebody enters.
WAITS, MAY_NOT_WAIT, FINDS_OUT = range(3)
# Of a pause that ends when somebody has found out.
UNTIL_FURTHER_NOTICE = -1

# KEYS: {zc}:gate:alive. ARGV: in MessagePack [lease, what it is for, leases given up,
# for how long nothing is granted where others may hold slots that are not known yet,
# how many of this process wait that are known, how many may in all or -1, lanes]; of
# each lane [name, highest or 0, state if there is none, version known, state or false,
# dropped, held, entries, looks]; an entry is [number, client, user, step, age, due or
# -1, how], a state [text, limit, rest, shut, is it news].
# Returns in MessagePack [] if the lease is lost, else [of each lane [is its state new,
# version, text unless it is known, open, waiting, [[number, others open]], refused,
# held by this process as far as it looks, the line]].
SCRIPT = Script("""
local TAG, CHANNEL = '{zc}:gate:', 'zc:gate'
local ALIVE, FROM, QUIET = TAG .. 'alive', TAG .. 'from', TAG .. 'quiet'
local LEASE, STALE = 6000000, 2500000
local lease, what, given_up, grace, waiting, most, lanes =
  unpack(cmsgpack.unpack(ARGV[1]))
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local call = redis.call

call('ZREMRANGEBYSCORE', ALIVE, '-inf', now)
if what == 0 or what == 3 then
  if not call('ZSCORE', ALIVE, lease) then return cmsgpack.pack({}) end
else
  for _, other in ipairs(given_up) do call('ZREM', ALIVE, other) end
  local alive = call('ZCARD', ALIVE)
  if alive == 0 and call('EXISTS', QUIET) == 0 then
    call('SET', FROM, now + grace * 1000, 'EX', 60)
  elseif what == 2 and call('ZCOUNT', ALIVE, '-inf', now + LEASE - STALE) > 0 then
    call('SET', FROM, now + grace * 500, 'EX', 60)
  end
  call('DEL', QUIET)
end
call('ZADD', ALIVE, now + LEASE, lease)
local from = tonumber(call('GET', FROM) or nil) or 0
local living = {}
local function lives(id)
  local owner = string.match(id, '^(.*):')
  if living[owner] == nil then
    living[owner] = tonumber(call('ZSCORE', ALIVE, owner) or nil) or false
  end
  return living[owner], owner
end

local CROWD, crowd = TAG .. 'crowd', 0
call('HSET', CROWD, lease, waiting)
call('EXPIRE', CROWD, 3600)
local crowds = call('HGETALL', CROWD)
for i = 1, #crowds, 2 do
  if lives(crowds[i] .. ":") then crowd = crowd + tonumber(crowds[i + 1])
  else call('HDEL', CROWD, crowds[i]) end
end
local function count(owner, by)
  crowd = crowd + by
  call('HINCRBY', CROWD, owner, by)
end

-- Turns of those who share what is called `key`.
local function first_of(key)
  local member = call('ZRANGE', key .. ':turns', 0, 0)[1]
  return member and string.sub(member, 16)
end
local function add_to(key, name)
  local names = key .. ':names'
  if call('HEXISTS', names, name) == 1 then return end
  local member = string.format('%015d', call('HINCRBY', names, 'comers', 1)) .. name
  local round = tonumber(call('HGET', names, 'round') or nil) or 0
  local gone = tonumber(call('ZSCORE', key .. ':gone', name) or nil) or 0
  call('ZREM', key .. ':gone', name)
  call('HSET', names, name, member)
  call('ZADD', key .. ':turns', math.max(round, gone), member)
  for _, part in ipairs({':turns', ':names', ':gone'}) do
    call('EXPIRE', key .. part, 3600)
  end
end
local function take_out_of(key, name, step, had_turn, is_empty)
  local names, turns = key .. ':names', key .. ':turns'
  local member = call('HGET', names, name)
  local turn = member and tonumber(call('ZSCORE', turns, member) or nil)
  if not turn then return end
  if had_turn then
    call('HSET', names, 'round', turn)
    turn = turn + step
  end
  if not is_empty then
    call('ZADD', turns, turn, member)
    return
  end
  call('ZREM', turns, member)
  call('HDEL', names, name)
  if call('EXISTS', turns) == 0 then
    call('DEL', names, key .. ':gone')
  else
    call('ZADD', key .. ':gone', turn, name)
    local round = call('HGET', names, 'round') or 0
    call('ZREMRANGEBYSCORE', key .. ':gone', '-inf', round)
    call('EXPIRE', key .. ':gone', 3600)
  end
end

local function enter(lane, id, one, came)
  count(lease, 1)
  local _, client, user, step, _, due = unpack(one)
  call('HSET', lane .. ':who', id, cmsgpack.pack({client, user, step}))
  call('EXPIRE', lane .. ':who', 3600)
  if due >= 0 then
    call('ZADD', lane .. ':aside', now + due * 1000, id)
    call('EXPIRE', lane .. ':aside', 3600)
    return
  end
  local line = lane .. ':line'
  add_to(line, client)
  add_to(line .. ':' .. client, user)
  local waiting = line .. ':' .. client .. ':' .. user
  call('ZADD', waiting, came, id)
  call('EXPIRE', waiting, 3600)
end
local function settle(line, client, user, step, had_turn)
  local users = line .. ':' .. client
  local is_empty = call('EXISTS', users .. ':' .. user) == 0
  take_out_of(users, user, 1, had_turn, is_empty)
  is_empty = call('EXISTS', users .. ':turns') == 0
  take_out_of(line, client, step, had_turn, is_empty)
end
local function take_out(lane, id, had_turn)
  local who = call('HGET', lane .. ':who', id)
  if not who then return end
  call('HDEL', lane .. ':who', id)
  if call('ZREM', lane .. ':aside', id) == 1 then return end
  local client, user, step = unpack(cmsgpack.unpack(who))
  local line = lane .. ':line'
  if call('ZREM', line .. ':' .. client .. ':' .. user, id) == 1 then
    settle(line, client, user, step, had_turn)
  end
end
local function first_due(lane)
  return call('ZRANGEBYSCORE', lane .. ':aside', '-inf', now, 'LIMIT', 0, 1)[1]
end
local function first(lane)
  local id = first_due(lane)
  while id do
    if call('HEXISTS', lane .. ':who', id) == 1 then return id end
    call('ZREM', lane .. ':aside', id)
    id = first_due(lane)
  end
  local line = lane .. ':line'
  while true do
    local client = first_of(line)
    if not client then return nil end
    local user = first_of(line .. ':' .. client) or ''
    local waiting = line .. ':' .. client .. ':' .. user
    id = call('ZRANGE', waiting, 0, 0)[1]
    if id and call('HEXISTS', lane .. ':who', id) == 1 then return id end
    -- Redis has dropped some of it.
    if id then call('ZREM', waiting, id) end
    settle(line, client, user, 1, false)
  end
end

local function write_state(lane, version, state)
  local text, limit, rest, shut = unpack(state)
  local rests = rest > 0 and now + rest * 1000 or 0
  local until_when = shut > 0 and now + shut * 1000 or shut
  call('HSET', lane .. ':state', 'version', version, 'text', text,
    'limit', limit, 'rests', rests, 'shut', until_when)
  call('EXPIRE', lane .. ':state', 2592000)
end
local function free_slots(lane, highest)
  local figures = call('HMGET', lane .. ':state', 'limit', 'rests', 'shut')
  local limit, rests, shut = unpack(figures)
  limit = tonumber(limit)
  if highest > 0 then limit = math.min(limit, highest) end
  local free = limit - call('ZCARD', lane .. ':open')
  local is_shut = tonumber(shut) < 0 or now < tonumber(shut)
  return now < from and 0 or free, is_shut, now < tonumber(rests)
end
local function open(lane, id)
  local others = call('ZCARD', lane .. ':open')
  -- No longer than its process is known to live: it may be dead already.
  call('ZADD', lane .. ':open', lives(id), id)
  return {tonumber(string.match(id, ':(%d+)$')), others}
end

local function ids_of_mine(lane)
  local found, start = {}, lease .. ':'
  for _, id in ipairs(call('ZRANGE', lane .. ':open', 0, -1)) do
    if string.sub(id, 1, #start) == start then
      found[#found + 1] = tonumber(string.sub(id, #start + 1))
    end
  end
  return found
end
-- [turn, who came first, step, its users: [turn, who came first, 1, those who wait]].
local function shares(key, parts_of)
  local found, entries = {}, call('ZRANGE', key .. ':turns', 0, -1, 'WITHSCORES')
  for i = 1, #entries, 2 do
    local name = string.sub(entries[i], 16)
    local number = tonumber(string.sub(entries[i], 1, 15))
    local parts, step = parts_of(key .. ':' .. name)
    found[#found + 1] = {tonumber(entries[i + 1]), number, step, parts}
  end
  return found
end
local function line_of(lane)
  local step = 1
  local function waiting(key)
    local found = {}
    for _, id in ipairs(call('ZRANGE', key, 0, -1)) do
      if lives(id) then found[#found + 1] = id end
    end
    local who = found[1] and call('HGET', lane .. ':who', found[1])
    if who then step = cmsgpack.unpack(who)[3] end
    return found, 1
  end
  local function users(key) return shares(key, waiting), step end
  return {call('ZRANGE', lane .. ':aside', 0, -1), shares(lane .. ':line', users)}
end

local function serve(message)
  local name, highest, known, version, state, dropped, held, entering, looks =
    unpack(message)
  local lane = TAG .. name
  local opened = lane .. ':open'
  for _, id in ipairs(#given_up > 0 and call('ZRANGE', opened, 0, -1) or {}) do
    for _, other in ipairs(given_up) do
      if string.sub(id, 1, #other + 1) == other .. ':' then call('ZREM', opened, id) end
    end
  end
  for _, number in ipairs(dropped) do
    local id = lease .. ':' .. number
    if call('ZREM', opened, id) == 0 then take_out(lane, id, false) end
  end
  for _, number in ipairs(held) do
    call('ZADD', opened, now + LEASE, lease .. ':' .. number)
  end
  call('ZREMRANGEBYSCORE', opened, '-inf', now)

  local there = tonumber(call('HGET', lane .. ':state', 'version') or nil)
  if not there then
    there = state and version or math.max(version, 1)
    if not state then write_state(lane, there, known) end
  end
  local is_taken = state and there == version
  if is_taken then
    there = there + 1
    write_state(lane, there, state)
    if state[5] then
      call('PUBLISH', CHANNEL, cmsgpack.pack({'state', name, lease, there, state[1]}))
    end
  end

  local mine, others, refused = {}, {}, {}
  local free, is_shut, rests = free_slots(lane, highest)
  local nobody_waits = not first_due(lane)
    and call('EXISTS', lane .. ':line:turns') == 0
  for index, one in ipairs(entering) do
    local number, _, _, _, age, due, how = unpack(one)
    local id = lease .. ':' .. number
    if how == 2 then
      if free > 0 and is_taken then
        mine[#mine + 1] = open(lane, id)
        free = free - 1
      else refused[#refused + 1] = number end
    elseif nobody_waits and free > 0 and due <= 0 and not is_shut and not rests then
      mine[#mine + 1] = open(lane, id)
      free = free - 1
    else
      local is_full = due < 0 and how == 0 and most >= 0 and crowd >= most
      if is_full and (free <= 0 or is_shut or rests) then
        refused[#refused + 1] = number
      else
        enter(lane, id, one, now - age * 1000 + index)
        nobody_waits = nobody_waits and due >= 0
      end
    end
  end
  while free > 0 and not is_shut and not rests do
    local id = first(lane)
    if not id then break end
    local alive, owner = lives(id)
    take_out(lane, id, alive ~= false)
    if alive then
      local grant = open(lane, id)
      count(owner, -1)
      free = free - 1
      if owner == lease then mine[#mine + 1] = grant
      else
        others[owner] = others[owner] or {}
        table.insert(others[owner], grant)
      end
    end
  end
  for owner, grants in pairs(others) do
    call('PUBLISH', CHANNEL .. ':' .. string.match(owner, '^[^:]*'),
      cmsgpack.pack({'grants', name, owner, grants}))
  end
  for _, one in ipairs(entering) do
    if one[7] == 1 and call('HEXISTS', lane .. ':who', lease .. ':' .. one[1]) == 1 then
      take_out(lane, lease .. ':' .. one[1], false)
      count(lease, -1)
      refused[#refused + 1] = one[1]
    end
  end
  call('EXPIRE', opened, 60)
  local text = there ~= version + (is_taken and 1 or 0)
    and call('HGET', lane .. ':state', 'text') or ''
  return {is_taken and true or false, there, text, call('ZCARD', opened),
    call('HLEN', lane .. ':who'), mine, refused,
    looks and ids_of_mine(lane) or {}, looks and line_of(lane) or {}}
end

local answers = {}
for number, message in ipairs(lanes) do answers[number] = serve(message) end
if what == 3 then
  call('ZREM', ALIVE, lease)
  call('HDEL', CROWD, lease)
  if call('EXISTS', ALIVE) == 0 then call('SET', QUIET, 1, 'EX', 2592000) end
end
return cmsgpack.pack({answers})
""")
