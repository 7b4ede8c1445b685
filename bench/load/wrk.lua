-- Sends the requests of a file one after the other, over and over, and prints what came of it as JSON.
-- A line has method, path, cookie or "Bearer <token>", and body, with tabs between them; "{key}" in a body becomes a new UUID each time.

local threads = {}
local requests = {}
local sent = 0

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  math.randomseed(os.time())
  expected, wrong = tonumber(args[2]), 0
  for line in io.lines(args[1]) do
    local method, path, cookie, body = line:match("^(%S+)\t(%S+)\t([^\t]+)\t(%S*)$")
    local headers = cookie:find("^Bearer ") and {Authorization = cookie} or {Cookie = cookie}
    if body ~= "" then
      headers["Content-Type"] = "application/x-www-form-urlencoded"
    end
    table.insert(requests, {method, path, headers, body, wrk.format(method, path, headers, body)})
  end
end

local function uuid()
  return (("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx"):gsub("x", function()
    return ("%x"):format(math.random(0, 15))
  end))
end

function request()
  sent = sent + 1
  local method, path, headers, body, formatted = unpack(requests[sent % #requests + 1])
  if not body:find("{key}", 1, true) then
    return formatted
  end
  return wrk.format(method, path, headers, (body:gsub("{key}", uuid)))
end

function response(status)
  if status ~= expected then
    wrong = wrong + 1
  end
end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do
    failed = failed + thread:get("wrong")
  end
  io.stderr:write(('{"requests": %d, "seconds": %f, "failed": %d, "p50": %f, "p99": %f}\n'):format(
    summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
