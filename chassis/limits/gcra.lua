-- GCRA for a batch of requests, each under several policies; a request takes from all of them or from none.
-- A policy's state is one number, its theoretical arrival time (TAT): when the quota will be whole again, in µs.
--
-- KEYS  one per check, in the order of the requests
-- ARGV  now in µs, or "" for the server's own time; then per request the number of its checks, and per check
--       interval (µs a unit costs), tolerance (interval * burst), mode
-- modes 0 take · 1 take, also where another policy refuses · 2 only look · 3 take without asking (a charge)
-- Answers two integers per check: 1 where it had room, and its debt (µs until whole) afterwards.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local function keep(key, tat)
  redis.call('SET', key, string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1)
end

local answers, argument, first = {}, 2, 1
while argument <= #ARGV do
  local count = tonumber(ARGV[argument])
  argument = argument + 1
  local checks, allowed = {}, true
  for index = 1, count do
    local key = KEYS[first]
    local interval, tolerance = tonumber(ARGV[argument]), tonumber(ARGV[argument + 1])
    local tat = math.max(now, tonumber(redis.call('GET', key) or now))
    -- A clock that was set back, or a limit that was tightened, locks nobody out for longer than one whole quota.
    tat = math.min(tat, now + tolerance)
    local room = tat + interval - tolerance <= now
    checks[index] = {key, interval, tolerance, tonumber(ARGV[argument + 2]), tat, room}
    allowed = allowed and room
    first, argument = first + 1, argument + 3
  end
  for _, check in ipairs(checks) do
    local key, interval, tolerance, mode, tat, room = unpack(check)
    if mode == 3 or (mode ~= 2 and room and (allowed or mode == 1)) then
      tat = math.min(tat + interval, now + tolerance)
      keep(key, tat)
    end
    answers[#answers + 1] = room and 1 or 0
    answers[#answers + 1] = tat - now
  end
end
return answers
