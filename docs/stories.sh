#!/usr/bin/env bash
# The three stories by hand, over the API of a running `onenet demo`: docs/stories.sh [ADDRESS]. Needs curl and python3.
set -euo pipefail
API=${1:-http://127.0.0.1:8080}/api/v1

json()  { python3 -c "import json,sys; d=json.load(sys.stdin); print($1)"; }
token() { curl -sS "$API/sign-in" --json '{"user":"'"$1"'","password":"yiwang-demo-2026"}' | json "d['token']"; }
# as WHO PATH [BODY]: one call by one of the example people
as()    { curl -sS --fail-with-body -H "Authorization: Bearer $(token "$1")" "$API/$2" ${3:+--json "$3"}; }
# task CASE STEP: the id of the newest open task of a step, by its address
task()  { as zs-supervisor "cases/$1" | json "[t['id'] for t in d['tasks'] if t['step']=='$2'][-1]"; }
# told CASE: what the applicant of a case read on his phone
told()  { as zs-supervisor "cases/$1/notifications" | json "'\\n'.join('短信  ' + m['body'] for m in reversed(d) if m['to']=='applicant' and m['state']=='sent')"; }
# does WHO CASE STEP OUTCOME [DATA]
does()  { as "$1" "tasks/$(task "$2" "$3")/complete" '{"outcome":"'"$4"'","data":'"${5:-{\}}"'}' | json "'$1  $3  $4  →  ' + d['status']"; }
said()  { curl -sS "$API/cases/$1/messages" -H "Authorization: Bearer $BANK" --json "$2" | json "'银行  资金到账  →  ' + d['status']"; }

echo '— 一次性待遇：梧州收件，中山决定 —'
CASE=$(as wz-window cases '{"matter":"pension-lump-sum","accepting_city":"450400","channel":"window",
  "applicant":{"name":"李四","id_number":"450400195903150017","phone":"13800000001"},
  "form":{"insured_city":"442000","claim_kind":"months_short","bank_name":"示例银行","bank_account":"6222020000000000000","delivery":"window_pickup"}}' | json "d['number']")
does wz-window   "$CASE" intake.check 齐全
does zs-handler  "$CASE" records 可以办理 '{"months":96,"balance":"28640.55","other_relations":[]}'
does wz-window   "$CASE" inform delivered
does wz-window   "$CASE" confirm 确认 '{"method":"paper","understood":true}'
does zs-reviewer "$CASE" approve 通过
does zs-finance  "$CASE" pay 已支付 '{"voucher_no":"V-1"}'
told "$CASE"
PAPER=$(as zs-handler "cases/$CASE/documents" | json "d[-1]['id']")
as zs-handler "cases/$CASE/documents/$PAPER" | json "d['text']"

echo '— 养老关系转移：遵义、赣州转中山，赣州的资金先到 —'
CASE=$(as zs-window cases '{"matter":"pension-transfer-enterprise","accepting_city":"442000","channel":"window",
  "applicant":{"name":"王五","id_number":"110101198001010010","phone":"13800000002"},
  "form":{"to_city":"442000","gathering":false,"out_relations":[
    {"city":"520300","from_month":"2015-01","to_month":"2020-12","months":72},
    {"city":"360700","from_month":"2021-01","to_month":"2023-12","months":36}]}}' | json "d['number']")
does zs-window  "$CASE" intake.check 齐全
does zs-handler "$CASE" precheck 符合 '{"sex":"male","age_at_start":35,"returns_to_hukou":false,"official_transfer":false}'
for CITY in 遵义 赣州; do
  does zs-handler  "$CASE" "legs.$CITY.issue" 开具 '{"letter_no":"L-'"$CITY"'"}'
  does zs-reviewer "$CASE" "legs.$CITY.issue" agreed
done
BANK=$(token zs-finance)           # 没有系统帐号时，由财务岗代为登记到账
said "$CASE" '{"name":"fund-arrived","key":"L-赣州","data":{"amount":"8000.00","voucher_no":"V-2"}}'
for CITY in 遵义:zy:43969.11 赣州:gz:8000.00; do
  IFS=: read -r NAME WHO AMOUNT <<<"$CITY"
  does "$WHO-handler"  "$CASE" "legs.$NAME.letter" received
  does "$WHO-handler"  "$CASE" "legs.$NAME.verify" 出具 '{"months":72,"amount":"'"$AMOUNT"'"}'
  does "$WHO-reviewer" "$CASE" "legs.$NAME.verify" agreed
  does "$WHO-finance"  "$CASE" "legs.$NAME.remit" 已划转 '{"voucher_no":"H-'"$WHO"'","paid_on":"2026-11-23"}'
done
said "$CASE" '{"name":"fund-arrived","key":"L-遵义","data":{"amount":"43969.11","voucher_no":"V-3"}}'
# 同一人的账户一次只记一笔，先到先记
does zs-finance "$CASE" legs.赣州.book 已记账
does zs-finance "$CASE" legs.遵义.book 已记账

echo '— 退休“一件事”：社保、医保、公积金同时办 —'
CASE=$(as zs-window cases '{"matter":"retirement-bundle","accepting_city":"442000","channel":"window",
  "applicant":{"name":"赵六","id_number":"450400196605109774","phone":"13800000003"},
  "form":{"insured_city":"442000","retirement_kind":"normal","chosen_month":"2026-10","bank_name":"示例银行","bank_account":"6222020000000000000",
    "medical_city":"442000","continue_choice":"none_now","funds":[{"city":"442000","close_account":true}],"selected":{"medical":true,"fund":true}}}' | json "d['number']")
does zs-window  "$CASE" intake.check 齐全
does zs-handler "$CASE" gate 未在领取 '{"drawing":false,"paying_city":"442000","other_relations":false}'
# part MATTER: the number of the case that one of the parts has opened
part() { as zs-supervisor "cases/$CASE" | json "[c['id'] for c in d['children'] if c['matter']=='$1'][0]"; }
RETIRE=$(part retirement-approval)
does zs-hrss-handler  "$RETIRE" age 年龄年限核对完成 '{"category":"man60","birth_month":"1966-05","months":372}'
does zs-hrss-handler  "$RETIRE" decision 拟同意
does zs-hrss-reviewer "$RETIRE" approve 通过
YEARS=$(part medical-years)
does zs-mib-handler  "$YEARS" work 已核定 '{"counted":372,"short":0}'
does zs-mib-reviewer "$YEARS" approve 通过
PENSION=$(part pension-calculation)
does zs-handler  "$PENSION" work 已核定 '{"monthly":"3218.40","first_month":"2026-12"}'
does zs-reviewer "$PENSION" approve 通过
does zs-finance  "$PENSION" pay_list 已列入
does zs-mib-handler "$(part medical-registration)" work 已登记 '{"effective":"2026-12","status":"retired"}'
does zs-hf-handler "$(part fund-sealing)" look 已封存 '{"balance":"86000.00"}'
FUND=$(part fund-withdrawal)
does zs-hf-handler  "$FUND" work 可以提取 '{"sealed":true,"balance":"86000.00"}'
does zs-hf-reviewer "$FUND" approve 通过
does zs-hf-finance  "$FUND" pay 已支付
as zs-supervisor "cases/$CASE" | json "'结果：' + d['status'] + '，文书 ' + str(len(d['documents'])) + ' 份'"
