"""An explanation as HTML: the picture, every step, and a few lines of JavaScript to step through them. Nothing is fetched, and
without JavaScript all of it is there, too.

`#step=3` at the end of the page's address opens it at a step.
"""

from __future__ import annotations

import json
import re
import secrets
from html import escape
from typing import Any

from minigrad.viz.graph.formula import MATHML, SUM, chain, formula, listed, name
from minigrad.viz.graph.numbers import short

STYLE = """
.mg-explain{font:15px/1.5 system-ui,sans-serif;color:#222;outline:none}
.mg-explain table{border-collapse:collapse;margin:.5em 0}
.mg-explain td,.mg-explain th{padding:.2em .8em;border-bottom:1px solid #e4e4e4;text-align:left;vertical-align:middle}
.mg-explain th{font-weight:600;color:#555;font-size:13px}
.mg-explain li{margin:.6em 0;padding:.1em .5em;border-left:3px solid transparent}
.mg-explain .line{display:block;margin:.15em 0 .15em 1.2em}
.mg-explain .bar{position:sticky;top:0;z-index:1;background:#fff;padding:.5em 0;border-bottom:1px solid #ddd}
.mg-explain .bar button{font:inherit;padding:.15em .8em;margin-right:.3em;cursor:pointer}
.mg-explain .said{min-height:5.2em;padding-top:.3em}
.mg-explain .note{background:#fff3cd;border:1px solid #e6cf80;border-radius:4px;padding:.4em .8em}
.mg-explain .picture{overflow-x:auto;border:1px solid #ddd;border-radius:6px;padding:4px}
.mg-explain .picture svg{display:block;margin:auto;height:auto}
.mg-explain .key span{margin-right:1.2em;font-size:13px;color:#555}
.mg-explain .key b{display:inline-block;width:.8em;height:.8em;border-radius:3px;margin-right:.4em;border:2px solid}
.mg-explain td.waits,.mg-explain span.waits,.mg-explain td.part{color:#777;font-size:13px}
.mg-explain .stepping .now,.mg-explain.stepping .now>td{background:#fdeedd}
.mg-explain.stepping li.now{border-left-color:#ee7733;background:#fff8f0}
.mg-explain.stepping li.later,.mg-explain.stepping tr.later{opacity:.45}
.mg-explain.stepping g.later{opacity:.35}
.mg-explain.stepping g.waits rect{stroke-dasharray:4 3;stroke-width:2}
.mg-explain.stepping g.now rect{stroke:#ee7733;stroke-width:3.5}
.mg-explain.stepping g.done rect{stroke:#228833;stroke-width:2}
.mg-explain.stepping path.now{stroke:#ee7733;stroke-width:3}
.mg-explain:not(.stepping) td.waits,.mg-explain:not(.stepping) th.waits{display:none}
.mg-explain math{font-family:'Latin Modern Math','STIX Two Math','Cambria Math','DejaVu Math TeX Gyre',math;font-size:1.1em}
"""
SCRIPT = """
(function begin(tries){
const root=document.getElementById(ID);
if(!root){if(tries)setTimeout(begin,50,tries-1);return}
const all=s=>[...root.querySelectorAll(s)],one=s=>root.querySelector(s),steps=DATA.steps;
let at=0,timer=null;
const items=all('ol.steps>li'),rows=all('tr[data-row]'),shapes=all('g[data-box]'),edges=all('path[data-edge]');
function show(n,jump){
  at=Math.max(0,Math.min(steps.length,n));
  const parts={},total={},waits=Object.assign({},DATA.waits),done=new Set();
  total[DATA.root]=DATA.seed;
  steps.slice(0,at).forEach(step=>{done.add(step.at);step.gives.forEach(([i,part,sum,others])=>{
    (parts[i]=parts[i]||[]).push(part);total[i]=sum;waits[i]=others})});
  const now=at?steps[at-1].at:DATA.root;
  const state=i=>i===now?'now':done.has(i)?'done':total[i]===undefined?'later':waits[i]?'waits':'ready';
  const typeset=x=>'<math><mrow>'+x+'</mrow></math>';
  rows.forEach(row=>{const i=+row.dataset.row,set=(name,x)=>row.querySelector(name).innerHTML=x;row.className=state(i);
    set('.part',(parts[i]||[]).length>1?typeset(parts[i].join('<mo>+</mo>')):'');
    set('.total',total[i]===undefined?'':typeset(total[i][1]));
    row.querySelector('.waits').textContent=waits[i]||''});
  shapes.forEach(g=>{const i=+g.dataset.box;g.setAttribute('class',state(i));
    g.querySelectorAll('.gradient').forEach((t,n,every)=>{if(!t.dataset.is)t.dataset.is=t.textContent;
      const whole=total[i]!==undefined&&!waits[i],begun=total[i]!==undefined&&!n;
      t.textContent=whole?t.dataset.is:begun?'so far '+(every.length>1?'...':total[i][0]):''})});
  edges.forEach(e=>e.setAttribute('class',at&&e.dataset.edge.endsWith('-'+now)?'now':''));
  items.forEach((li,i)=>li.className=i===at-1?'now':i<at?'done':'later');
  one('.count').textContent='Step '+at+' of '+steps.length;
  one('.said').innerHTML=at?items[at-1].innerHTML:DATA.begin;
  if(at===steps.length)stop();
  if(jump&&PAGE)try{history.replaceState(null,'','#step='+at)}catch(e){}
  const box=root.querySelector('g.now'),frame=one('.picture');
  if(box&&frame.scrollWidth>frame.clientWidth){const b=box.getBoundingClientRect(),f=frame.getBoundingClientRect();
    frame.scrollLeft+=b.left+b.width/2-f.left-f.width/2}
}
function stop(){clearInterval(timer);timer=null;one('.play').textContent='Play'}
function play(){if(timer)return stop();if(at===steps.length)show(0,true);
  timer=setInterval(()=>show(at+1,true),1500);one('.play').textContent='Pause'}
function go(n){stop();show(n,true)}
one('.back').onclick=()=>go(at-1);one('.next').onclick=()=>go(at+1);one('.play').onclick=play;
items.forEach((li,i)=>li.onclick=()=>go(i+1));
(PAGE?document:root).addEventListener('keydown',e=>{if(e.altKey||e.ctrlKey||e.metaKey)return;
  const move={ArrowLeft:-1,ArrowRight:1}[e.key];if(move){e.preventDefault();e.stopPropagation();go(at+move)}});
root.classList.add('stepping');one('.bar').hidden=one('.key').hidden=false;
const wanted=()=>{const m=PAGE&&/step=(\\d+)/.exec(location.hash);return m?+m[1]:0};
if(PAGE)addEventListener('hashchange',()=>go(wanted()));
show(wanted());
})(40);
"""
NOT_KEPT = "not kept: no rule needs it"
KEY = (("#ee7733", "its turn"), ("#228833", "has had its turn"), ("#8a8f98", "waits for parts to come (dashed)"))


def whole(explanation: Any, why: str) -> str:
    """A page of its own."""
    title = f"The gradient of {escape(explanation.result)}"
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
            "<style>body{max-width:80em;margin:2em auto;padding:0 1em}</style></head>\n<body>"
            f"<h1 style='font:600 1.7em system-ui,sans-serif'>{title}</h1>\n{_body(explanation, why, 'explained', True)}"
            "</body></html>\n")


def fragment(explanation: Any, why: str) -> str:
    """The same as a part of somebody's page, a notebook's: its style and its keys reach nothing else there."""
    return _body(explanation, why, f"explained-{secrets.token_hex(6)}", False)


def _body(explanation, why, root, is_page):
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in explanation.notes)
    key = "".join(f'<span><b style="border-color:{colour}"></b>{said}</span>' for colour, said in KEY)
    steps = "".join(f"<li>{_head(turn)}{''.join(map(_said, turn.lines))}</li>\n" for turn in explanation.turns)
    leaves = "".join(f"<tr><td>{_math(name(called).mathml)}</td><td>{_math(formula(g).mathml)}</td></tr>"
                     for called, g in explanation.gradients.items())
    picture, width = explanation.picture, re.search(r'width="(\d+)"', explanation.picture)
    least = .7 * int(width[1]) if width else 0          # pixels, below which its letters are too small
    shown = f'<div class="picture">{picture}</div>' if picture else '<p class="picture">The graph is too large to be drawn.</p>'
    return (f'<div class="mg-explain" id="{root}" tabindex="0"><style>{STYLE}'
            f"#{root} .picture svg{{max-width:max(100%,{least:.0f}px)}}</style>{notes}\n"
            '<div class="bar" hidden><button class="back">◀ Back</button><button class="next">Next ▶</button>'
            '<button class="play">Play</button> <output class="count"></output> <small>or the keys ← →</small>'
            '<div class="said"></div></div>\n'
            f'{shown}<p class="key" hidden>{key}</p>\n'
            "<h2>The numbers, in the order of computation</h2>\n<table><tr><th></th><th>forward</th>"
            f"<th>parts of its gradient</th><th>its gradient</th><th class='waits'>waits for</th></tr>\n"
            f"{_rows(explanation)}</table>\n"
            f'<h2>Backward</h2><p>{escape(why)}</p>\n<ol class="steps">{steps}</ol>\n'
            f"<h2>The gradient</h2><table>{leaves}</table>\n<script>{_script(explanation, root, is_page)}</script></div>\n")


def _math(inside):
    return f"<math><mrow>{inside}</mrow></math>"


def _rows(explanation):
    """A line for each number: forward, and its gradient as it is after the last step."""
    number, parts = _numbered(explanation), {}
    for turn in explanation.turns:
        for line in turn.lines:
            parts.setdefault(line.to, []).append(_part(line))
    out = []
    for row in explanation.forward:
        value = _math("<mo form='infix'>=</mo>" + chain(row.pieces)[2]) if row.pieces else ""
        unknown = "" if row.is_known else f" <small>{NOT_KEPT}</small>"
        forward = f"<td>{_math(name(row.name).mathml)}</td><td>{value}{unknown}</td>"
        came, total = parts.get(row.name, []), explanation.totals.get(row.name)
        grad = "" if total is None else _math(formula(total).mathml)
        place = f' data-row="{number[row.name]}"' if row.name in number else ""          # a constant waits for nothing
        out.append(f'<tr{place}>{forward}'
                   f'<td class="part">{_math("<mo>+</mo>".join(came)) if len(came) > 1 else ""}</td>'
                   f'<td class="total">{grad}</td><td class="waits"></td></tr>\n')
    return "".join(out)


def _numbered(explanation):
    return {called: i for i, called in enumerate(explanation.totals)}


def _part(line):
    """A part as it stands in a sum."""
    return formula(line.part).written(MATHML, SUM)


def _head(turn):
    return (f"{_math(name(turn.name).mathml + '<mo>=</mo>' + turn.expression.mathml)}: {_math(chain(turn.came)[2])}, "
            f"{escape(turn.whence)}")


def _said(line):
    note = f'<span class="waits">; {escape(line.note)}</span>' if line.note else ""
    return f'<span class="line">{_math(name(line.to).mathml)} gets {_math(chain(line.pieces)[2])}{note}</span>'


def _script(explanation, root, is_page):
    number = _numbered(explanation)
    users: dict[int, list[str]] = {}
    for turn in explanation.turns:
        for line in turn.lines:
            users.setdefault(number[line.to], []).append(turn.name)
    data = {"root": number[explanation.result], "seed": _both(explanation.totals[explanation.result]),
            "waits": {i: listed(list(dict.fromkeys(who))) for i, who in users.items()},
            "begin": f"The forward pass is done, and {escape(explanation.result)} has the gradient that the walk begins with.",
            "steps": [{"at": number[turn.name],
                       "gives": [[number[line.to], _part(line), _both(line.total), line.waits_for] for line in turn.lines]}
                      for turn in explanation.turns]}
    said = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return (SCRIPT.replace("ID", json.dumps(root), 1).replace("PAGE", json.dumps(is_page))
            .replace("const all", f"const DATA={said};\nconst all", 1))


def _both(total):
    """A number as the picture shows it, and as the table does."""
    return [short(total), formula(total).mathml]
