#!lua name=signpost
-- SPDX-License-Identifier: Apache-2.0
-- A question to Redis that is decided where the rows are: who asks is looked up, the five values are read, the answer is
-- made of their entries, and the record is written. FCALL ask 8 SLOT1 .. SLOT5 audit roster denied ACCOUNT PURPOSE

local SEAL, ENTRY = 16, 17 -- bytes of a value: what stands before its entries, and an entry
local AGENCY, STATE = 0, 14 -- of an entry: where its agency's number and its state stand
local CURRENT, QUIET = 1, 2 -- bits of a state
local SURE_SLOTS = 2 -- of the five: numbers; the others are names with a date
local NO, POSSIBLY, PREVIOUSLY, YES = 1, 2, 3, 4
local words = { 'no', 'possibly', 'previously', 'yes' }

-- What the entries of one value say to an agency, when `answer` is what others have said.
local function read_entries(value, slot, asker, answer)
  local byte = string.byte -- not to be had while the library is loaded
  for at = SEAL + 1, #value, ENTRY do
    local low, high = byte(value, at + AGENCY, at + AGENCY + 1)
    local state = byte(value, at + STATE)
    if low + 256 * high ~= asker and state < QUIET then
      local says = slot > SURE_SLOTS and POSSIBLY or state == CURRENT and YES or PREVIOUSLY
      if says > answer then
        answer = says
      end
    end
  end
  return answer
end

local function ask(keys, args)
  local account, purpose = args[1], args[2]
  local asker = redis.call('HGET', keys[7], account)
  if not asker then
    return redis.error_reply('DENIED not on the roster')
  end
  if redis.call('SISMEMBER', keys[8], account) == 1 then
    return redis.error_reply('DENIED on the deny list')
  end
  asker = tonumber(asker)
  local values = redis.call('MGET', keys[1], keys[2], keys[3], keys[4], keys[5])
  local answer = NO
  for slot = 1, 5 do
    if values[slot] then
      answer = read_entries(values[slot], slot, asker, answer)
    end
  end
  local tags = keys[1] .. keys[2] .. keys[3] .. keys[4] .. keys[5]
  redis.call('XADD', keys[6], '*', 'account', account, 'purpose', purpose, 'tags', tags, 'answer', words[answer])
  return redis.status_reply(words[answer])
end

redis.register_function('ask', ask)
