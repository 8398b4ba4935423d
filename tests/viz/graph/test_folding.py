"""The page of HTML in a browser: what a click on a module does, a drag and the wheel."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

# What somebody does on the page, and what is to be seen then. Rectangles are in pixels of the screen.
VISIT = """
<script>
(()=>{const problems=[],seen={};
addEventListener('error',e=>problems.push('error: '+e.message));
const near=(a,b)=>Math.abs(a-b)<1.5;
const visible=e=>e.getClientRects().length>0&&!e.closest('[display=none]');
const rect=e=>{const r=e.getBoundingClientRect();return [r.left,r.top,r.right,r.bottom]};
const boxes=()=>[...document.querySelectorAll('.mg-closed>rect')].filter(visible);
const texts=()=>[...document.querySelectorAll('text')].filter(visible).map(t=>t.textContent);
const places=()=>[...document.querySelectorAll('g[id]')].filter(visible).flatMap(g=>
  g.getAttribute('transform').match(/[-\\d.]+/g).map(Number));
const same=(a,b)=>a.length==b.length&&a.every((x,i)=>Math.abs(x-b[i])<.3);        // texts round to a tenth
const at=(p,f)=>{const q=p.getPointAtLength(f*p.getTotalLength()).matrixTransform(p.getScreenCTM());return [q.x,q.y]};
function check(state){          // boxes lie apart, in their frames, and every arrow begins at a box or frame and ends at one
  const all=boxes().map(rect),frames=[...document.querySelectorAll('.mg-open>rect')].filter(visible).map(rect);
  all.forEach((a,i)=>all.slice(i+1).forEach(b=>{
    if(a[0]<b[2]-.5&&b[0]<a[2]-.5&&a[1]<b[3]-.5&&b[1]<a[3]-.5)problems.push(state+': boxes overlap')}));
  document.querySelectorAll('.mg-open').forEach(o=>{if(!visible(o))return;const f=rect(o.firstElementChild);
    o.querySelectorAll('rect').forEach(r=>{const q=rect(r);
      if(visible(r)&&(q[0]<f[0]-.5||q[1]<f[1]-.5||q[2]>f[2]+.5||q[3]>f[3]+.5))problems.push(state+': out of its frame')})});
  document.querySelectorAll('svg path[fill=none]').forEach(p=>{if(!visible(p))return;
    const ends=[...all,...frames],[x,y]=at(p,0),[u,v]=at(p,1);
    const inside=r=>y>r[1]-1&&y<r[3]+1,within=r=>v>r[1]-1&&v<r[3]+1;
    if(!ends.some(r=>inside(r)&&(near(x,r[2])||near(x,r[0]))))problems.push(state+': an arrow begins nowhere');
    if(!ends.some(r=>within(r)&&(near(u,r[0])||near(u,r[2]))))problems.push(state+': an arrow ends nowhere');
    const others=[...document.querySelectorAll('.mg-closed>rect,.mg-open>rect')].filter(r=>
      visible(r)&&!r.parentNode.contains(p));
    for(let f=0;f<=1;f+=.02){const [a,b]=at(p,f);
      if(others.map(rect).some(r=>a>r[0]+1&&a<r[2]-1&&b>r[1]+1&&b<r[3]-1)){problems.push(state+': an arrow meets a box');break}}
    if(p.hasAttribute('marker-end')&&!all.some(r=>within(r)&&near(u,r[0])))problems.push(state+': an arrowhead at no box')});
}
function press(target,from,to){
  const say=(type,[x,y])=>target.dispatchEvent(new PointerEvent(type,{bubbles:true,clientX:x,clientY:y,pointerId:1}));
  say('pointerdown',from);say('pointermove',to);say('pointerup',to)}
const click=target=>{const r=rect(target),p=[r[0]+3,r[1]+3];press(target,p,p)};
const folded=()=>[...document.querySelectorAll('.mg-module>.mg-closed')].filter(visible);
try{
const start=places();check('at first');
show();if(!same(places(),start))problems.push('the script places boxes elsewhere');
seen.folded=texts();
seen.modules=folded().length;
for(const m of folded()){            // each alone, by its text, and folded again by its title
  click(m.querySelector('text'));check('one open');
  const open=m.parentNode.children[1];
  if(!visible(open)||visible(m))problems.push('it did not open');
  click(open.children[1]);
  if(visible(open)||!visible(m))problems.push('it did not fold');
}
if(!same(places(),start))problems.push('folding does not lead back');
let depth=0;
while(folded().length&&depth++<9){folded().forEach(m=>click(m.firstElementChild));check('depth '+depth)}
seen.depth=depth;seen.unfolded=texts();
const some=document.querySelector('.mg-operation rect');click(some);
if(folded().length)problems.push('a click on an operation folds its module');
const buttons=document.querySelectorAll('nav button');
if(buttons.length){buttons[1].click();check('fold all');seen.back=texts();buttons[0].click();seen.all=texts()}
const width=box.width,x=box.x;
svg.dispatchEvent(new WheelEvent('wheel',{deltaY:-1,clientX:50,clientY:50,cancelable:true}));seen.zoomed=box.width/width;
press(svg,[100,100],[60,100]);seen.panned=box.x>x;
}catch(error){problems.push(String(error)+error.stack)}
document.documentElement.innerHTML='<body><pre>'+JSON.stringify({problems,seen}).replace(/&/g,'&amp;').replace(/</g,'&lt;')+'</pre></body>'})();
</script></body>"""


@pytest.fixture
def visit(tmp_path):
    """visit(picture) -> (problems, what was seen)."""
    if BROWSER is None:
        pytest.skip("there is no chromium on PATH, in which to open the page")

    def open_page(picture):
        page = tmp_path / "page.html"
        page.write_text(picture.html.replace("</body>", VISIT), encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,800", "--dump-dom"]
        done = subprocess.run([BROWSER, *options, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()],
                              capture_output=True, text=True, timeout=60, check=True)
        found = re.search(r"<pre>({.*?})</pre>", done.stdout, flags=re.S)
        assert found, done.stdout[-2000:] + done.stderr[-2000:]
        report = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        return report["problems"], report["seen"]

    return open_page


class Block(nn.Module):
    def __init__(self):
        self.a, self.b, self.relu = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1), nn.ReLU()

    def forward(self, x):
        return self.relu(x + self.b(self.relu(self.a(x))))


def convolutional():
    mg.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.Sequential(Block(), Block()), nn.Flatten(), nn.Linear(32, 3))


class Branches(nn.Module):
    def __init__(self):
        self.branches = nn.ModuleList([nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)) for _ in range(3)])

    def forward(self, x):
        return sum(branch(x) for branch in self.branches) + x


@pytest.mark.parametrize("model, x, modules, depth", [
    (Branches(), np.ones((1, 2), np.float32), 3, 2),
    (convolutional(), np.ones((1, 1, 6, 6), np.float32), 3, 3),
    (nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), np.ones((1, 3, 4), np.float32), 5, 2)])
def test_modules_fold_and_unfold(visit, model, x, modules, depth):
    picture = mg.draw(model, x, loss=lambda y: (y * y).sum())
    problems, seen = visit(picture)
    assert problems == []
    assert (seen["modules"], seen["depth"]) == (modules, depth)
    assert seen["folded"] == seen["back"] and seen["unfolded"] == seen["all"]
    opened = re.findall(r"<text[^>]*>([^<]*)</text>", mg.draw(model, x, loss=lambda y: (y * y).sum(), collapse=False).svg)
    assert sorted(opened) == sorted(seen["all"])
    assert seen["zoomed"] == pytest.approx(1 / 1.15) and seen["panned"]


def test_a_page_without_modules(visit):
    a, b = mg.Value(2, "a<&>"), mg.Value(3, "b")
    y = (a * b + a) * a
    problems, seen = visit(mg.draw(y))
    assert problems == [] and seen["modules"] == 0 and "a<&>" in seen["folded"]
    assert seen["zoomed"] == pytest.approx(1 / 1.15) and seen["panned"]


def test_all_is_unfolded_at_once(tmp_path):
    page = mg.draw(convolutional(), np.ones((1, 1, 6, 6), np.float32)).html
    assert "#unfold" in page and page.count("<button>") == 2 and "@" not in re.sub(r"<svg.*</svg>", "", page, flags=re.S)
